# The image of cross-account-kcl; docs/container.md tells how to build it and how to use it. It needs BuildKit.
#
# NODE_IMAGE is any Debian image with Node.js, so that it can come from a mirror. What else a mirror needs comes in as
# secrets, which leave nothing in the image: npmrc, maven-settings, apt-sources, ca-certificates (scripts/with-mirror).
ARG NODE_IMAGE=node:24-trixie-slim

FROM ${NODE_IMAGE} AS base
COPY scripts/with-mirror scripts/apt-install /usr/local/bin/

# The JDK, for jlink, and Maven.
FROM base AS jdk
ARG JAVA_VERSION=21
RUN --mount=type=secret,id=ca-certificates --mount=type=secret,id=apt-sources \
    with-mirror apt-install binutils ca-certificates maven openjdk-${JAVA_VERSION}-jdk-headless

# A Java runtime of the modules that the launcher needs; java.desktop has the beans of KCL's configuration.
FROM jdk AS java
RUN jlink --output /opt/java --strip-debug --no-header-files --no-man-pages --compress=zip-6 --generate-cds-archive \
    --add-modules java.base,java.desktop,java.logging,java.management,java.naming,java.sql,java.xml,jdk.crypto.ec,jdk.management,jdk.unsupported && \
    rm -f /opt/java/lib/server/classes_nocoops.jsa

# The packages that run, and a list of them (SBOM).
FROM base AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts/npm-sbom.mjs ./scripts/
RUN --mount=type=secret,id=ca-certificates --mount=type=secret,id=npmrc \
    with-mirror npm ci --omit=dev --no-audit --no-fund --loglevel=error && \
    mkdir sbom && node scripts/npm-sbom.mjs >sbom/npm.cdx.json

FROM packages AS typescript
RUN --mount=type=secret,id=ca-certificates --mount=type=secret,id=npmrc \
    with-mirror npm ci --no-audit --no-fund --loglevel=error
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run --silent build && chmod +x dist/cli.js

# The two accounts of compose.yaml: docker build --target lab. Nothing of it gets into the image.
FROM jdk AS lab
WORKDIR /app
COPY lab ./lab
COPY scripts/build-lab scripts/lab.ts ./scripts/
RUN --mount=type=secret,id=ca-certificates --mount=type=secret,id=maven-settings \
    --mount=type=cache,target=/root/.m2/repository \
    with-mirror ./scripts/build-lab
COPY --from=typescript /app/node_modules ./node_modules
# The command line, for what the lab prints to paste.
COPY --from=typescript /app/dist ./dist
COPY package.json tsconfig.json tsconfig.lab.json ./
COPY src ./src
RUN npx tsc -p tsconfig.lab.json && mkdir /aws && chown node:node /aws
USER node
ENTRYPOINT ["node", "build/scripts/lab.js"]

# The launcher, its libraries held by their checksums, and the list of them (SBOM), which Maven makes with it.
FROM jdk AS launcher
WORKDIR /app
COPY launcher ./launcher
COPY scripts/build-launcher ./scripts/
RUN --mount=type=secret,id=ca-certificates --mount=type=secret,id=maven-settings \
    --mount=type=cache,target=/root/.m2/repository \
    with-mirror ./scripts/build-launcher
COPY --from=java /opt/java /opt/java
# The classes of a start until records are handled, stored as the JVM wants them in memory: a third of the CPU of the JVM's start.
# The JVM holds the archive against the jars' paths, sizes and times, so all of them are copied from here.
COPY --from=packages /app/node_modules ./node_modules
COPY --from=typescript /app/dist ./dist
COPY package.json ./
COPY scripts/make-archive scripts/train-archive.mjs ./scripts/
RUN ./scripts/make-archive /opt/java/bin/java

FROM ${NODE_IMAGE}
RUN --mount=type=bind,from=base,source=/usr/local/bin,target=/tools \
    --mount=type=secret,id=ca-certificates --mount=type=secret,id=apt-sources \
    PATH=$PATH:/tools /tools/with-mirror apt-install tini && \
    ln -s /app/dist/cli.js /usr/local/bin/cross-account-kcl
COPY --from=java /opt/java /opt/java
COPY --from=launcher /app/launcher/target/lib /app/launcher/target/lib
COPY --from=packages /app/node_modules /app/node_modules
COPY --from=packages /app/sbom /app/sbom
COPY --from=launcher /app/launcher/target/maven.cdx.json /app/sbom/
COPY --from=launcher /app/launcher/target/launcher.jar /app/launcher/target/launcher.jsa /app/launcher/target/
COPY LICENSE package.json /app/
COPY --from=typescript /app/dist /app/dist

# /dev/shm: in memory, and writable where the root file system is not. HANDLER: where an image of one's own puts it.
ENV JAVA_HOME=/opt/java \
    RUN_DIRECTORY=/dev/shm \
    HANDLER=/app/handler/handler.js \
    HTTP_HOST=0.0.0.0 \
    HTTP_PORT=8080 \
    LOG_FORMAT=json
USER 1000:1000
WORKDIR /app
EXPOSE 8080
# Longer than handlerTimeoutMs, 5 minutes: a handler that computes blocks the answer, and the worker itself ends one that
# takes longer. What NODE_OPTIONS loads is not for the check.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=12 CMD ["env", "-u", "NODE_OPTIONS", "node", "-e", \
    "fetch(`http://127.0.0.1:${process.env.HTTP_PORT}/livez`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# tini is PID 1: it hands signals on, reaps what the JVM leaves behind, and keeps the exit code.
ENTRYPOINT ["tini", "--", "cross-account-kcl"]
CMD ["start"]

ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="cross-account-kcl" \
      org.opencontainers.image.description="Reads other AWS accounts' Kinesis data streams with the Kinesis Client Library and a handler in Node.js" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

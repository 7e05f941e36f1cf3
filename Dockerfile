# The image of cross-account-kcl; docs/container.md tells how to build it and how to use it. It needs BuildKit.
#
# NODE_IMAGE is any Debian image with Node.js, so that it can come from a mirror. What else a mirror needs comes in as
# secrets, which leave nothing in the image: npmrc, maven-settings, apt-sources, ca-certificates.
ARG NODE_IMAGE=node:24-trixie-slim

# The JDK, for jlink, and Maven.
FROM ${NODE_IMAGE} AS jdk
ARG JAVA_VERSION=21
RUN --mount=type=secret,id=ca-certificates,target=/usr/local/share/ca-certificates/mirror.crt \
    --mount=type=secret,id=apt-sources,target=/etc/apt/sources.list.d/mirror.list \
    apt-get update -qq && \
    apt-get install -y -qq --no-install-recommends binutils ca-certificates maven openjdk-${JAVA_VERSION}-jdk-headless >/dev/null && \
    rm -rf /var/lib/apt/lists/*
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt

# A Java runtime of the modules that the launcher needs; java.desktop has the beans of KCL's configuration. It trusts whom
# Debian trusts: the mirror's certificate, which is not mounted here, goes out again.
FROM jdk AS java
RUN update-ca-certificates --fresh >/dev/null && \
    jlink --output /opt/java --strip-debug --no-header-files --no-man-pages --compress=zip-6 --generate-cds-archive \
    --add-modules java.base,java.desktop,java.logging,java.management,java.naming,java.sql,java.xml,jdk.crypto.ec,jdk.management,jdk.unsupported && \
    rm -f /opt/java/lib/server/classes_nocoops.jsa

# The packages that run, and a list of them (SBOM).
FROM jdk AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --omit=dev --no-audit --no-fund --loglevel=error && \
    mkdir sbom && npm sbom --package-lock-only --omit=dev --sbom-format=cyclonedx >sbom/npm.cdx.json

FROM packages AS typescript
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci --no-audit --no-fund --loglevel=error
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run --silent build && chmod +x dist/cli.js

# The two accounts of compose.yaml: docker build --target lab. Nothing of it gets into the image.
FROM typescript AS lab
COPY lab ./lab
COPY scripts/build-lab scripts/lab.ts ./scripts/
RUN --mount=type=secret,id=maven-settings,target=/root/.m2/settings.xml \
    --mount=type=cache,target=/root/.m2/repository \
    ./scripts/build-lab
COPY tsconfig.lab.json ./
RUN npx tsc -p tsconfig.lab.json && mkdir /aws && chown node:node /aws
USER node
ENTRYPOINT ["node", "build/scripts/lab.js"]

# The launcher, its libraries held by their checksums, and the list of them.
FROM jdk AS launcher
WORKDIR /app
COPY launcher ./launcher
COPY scripts/build-launcher ./scripts/
RUN --mount=type=secret,id=maven-settings,target=/root/.m2/settings.xml \
    --mount=type=cache,target=/root/.m2/repository \
    ./scripts/build-launcher && \
    mvn --quiet --batch-mode --file launcher/pom.xml org.cyclonedx:cyclonedx-maven-plugin:2.9.1:makeBom \
      -DincludeTestScope=false -DoutputFormat=json -DoutputName=maven.cdx
COPY --from=java /opt/java /opt/java
# The classes that KCL loads until it looks for its lease table, stored as the JVM wants them in memory: half of the time
# and CPU of its start. Nothing answers at the training's endpoints. The JVM holds the archive against the jars' paths,
# sizes and times, so all of them are copied from here.
COPY scripts/make-archive ./scripts/
RUN ./scripts/make-archive /opt/java/bin/java

FROM ${NODE_IMAGE}
RUN --mount=type=secret,id=ca-certificates,target=/usr/local/share/ca-certificates/mirror.crt \
    --mount=type=secret,id=apt-sources,target=/etc/apt/sources.list.d/mirror.list \
    apt-get update -qq && \
    apt-get install -y -qq --no-install-recommends tini >/dev/null && \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/* && \
    ln -s /app/dist/cli.js /usr/local/bin/cross-account-kcl
COPY --from=java /opt/java /opt/java
COPY --from=launcher /app/launcher/target/lib /app/launcher/target/lib
COPY --from=packages /app/node_modules /app/node_modules
COPY --from=packages /app/sbom /app/sbom
COPY --from=launcher /app/launcher/target/maven.cdx.json /app/sbom/
COPY --from=launcher /app/launcher/target/launcher.jar /app/launcher/target/launcher.jsa /app/launcher/target/
COPY LICENSE package.json /app/
COPY --from=typescript /app/dist /app/dist

# /dev/shm: in memory, and writable where the root file system is not. HANDLER has no default that does nothing: records
# would be read, and gone.
ENV JAVA_HOME=/opt/java \
    RUN_DIRECTORY=/dev/shm \
    HANDLER=/app/handler/handler.js \
    HTTP_HOST=0.0.0.0 \
    HTTP_PORT=8080 \
    LOG_FORMAT=json \
    NODE_NO_WARNINGS=1
USER 1000:1000
WORKDIR /app
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["node", "-e", \
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

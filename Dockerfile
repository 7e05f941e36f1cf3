# The image of cross-account-kcl; docs/container.md tells how to build and use it. It needs BuildKit.
#
# NODE_IMAGE: any Debian image with Node.js, so that it can be taken from a mirror. What else a mirror needs comes in as
# secrets that leave no trace in the image: npmrc, maven-settings, apt-sources and ca-certificates.
ARG NODE_IMAGE=node:24-trixie-slim

# The JDK with jlink, and Maven.
FROM ${NODE_IMAGE} AS jdk
ARG JAVA_VERSION=21
RUN --mount=type=secret,id=ca-certificates,target=/usr/local/share/ca-certificates/mirror.crt \
    --mount=type=secret,id=apt-sources,target=/etc/apt/sources.list.d/mirror.list \
    apt-get update -qq && \
    apt-get install -y -qq --no-install-recommends ca-certificates binutils openjdk-${JAVA_VERSION}-jdk-headless maven >/dev/null && \
    rm -rf /var/lib/apt/lists/*

# The compiled TypeScript, the launcher, and the packages that they need to run.
FROM jdk AS build
WORKDIR /build
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci --no-audit --no-fund --loglevel=error
COPY launcher ./launcher
COPY scripts/build-launcher ./scripts/
RUN --mount=type=secret,id=maven-settings,target=/root/.m2/settings.xml \
    --mount=type=cache,target=/root/.m2/repository \
    ./scripts/build-launcher
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run --silent build

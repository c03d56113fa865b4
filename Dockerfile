# One image for every process of Tapeline: the process is its argument, such as `ingest` or `operator`.
# Any Debian with Node 24 at /usr/local/bin and npm is a base; `--build-arg NODE_IMAGE=…` names it, a local one too, and
# nothing but the base and the npm registry is asked for anything.
ARG NODE_IMAGE=node:24-bookworm-slim

# What is installed depends on these files alone, so that a change of a source installs nothing.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/domain/package.json packages/domain/
COPY packages/simulation/package.json packages/simulation/
COPY packages/runtime/package.json packages/runtime/
COPY packages/backend/package.json packages/backend/
COPY packages/control/package.json packages/control/
COPY packages/client/package.json packages/client/
COPY packages/adapters/cassandra/package.json packages/adapters/cassandra/
COPY packages/adapters/embedded/package.json packages/adapters/embedded/
COPY packages/adapters/grpc/package.json packages/adapters/grpc/
COPY packages/adapters/kafka/package.json packages/adapters/kafka/
COPY packages/adapters/kubernetes/package.json packages/adapters/kubernetes/
COPY packages/adapters/recordings/package.json packages/adapters/recordings/
COPY packages/adapters/wire/package.json packages/adapters/wire/
COPY services/feed/package.json services/feed/
COPY services/ingest/package.json services/ingest/
COPY services/query/package.json services/query/
COPY services/standalone/package.json services/standalone/
COPY services/worker/package.json services/worker/
COPY operator/package.json operator/
COPY testbed/package.json testbed/
COPY web/package.json web/

# What runs in production. Packages of the workspace are links, and their programs come from the next stage.
FROM manifests AS production
RUN --mount=type=cache,target=/root/.npm \
    npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
      --workspace=services/ingest --workspace=services/worker --workspace=services/query --workspace=services/feed \
      --workspace=services/standalone --workspace=operator --workspace=packages/client \
    && find node_modules \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -name '*.md' \) -type f ! -iname 'licen*' -delete

# What is built: the programs by the compiler, the page by its bundler.
FROM manifests AS build
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN node node_modules/typescript/bin/tsc -b image operator services/ingest services/worker services/query services/feed services/standalone \
    && node tools/page/build.mjs \
    && find image packages services operator -path '*/node_modules' -prune -o -path '*/dist/*' -type f \
         \( -name '*.js' -o -name '*.js.map' \) -print > /tmp/programs \
    && mkdir /out && tar -c -T /tmp/programs web/dist LICENSE | tar -x -C /out

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="tapeline" \
      org.opencontainers.image.description="Turns the tape of a market into bars that are exact, live and stored" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
# Of root and read-only to the process; only /data is its own, for those that keep files.
COPY --from=production /app ./
COPY --from=build /out ./
RUN mkdir /data && chown 1000:1000 /data
# Inside a container an address of its own is the only one that others reach.
ENV NODE_ENV=production \
    TAPELINE_GRPC_HOST=0.0.0.0 \
    TAPELINE_HTTP_HOST=0.0.0.0 \
    TAPELINE_METRICS_HOST=0.0.0.0 \
    TAPELINE_WEB_ROOT=/app/web/dist \
    TAPELINE_DATA_DIR=/data \
    TAPELINE_FEED_DIR=/data/feed
USER 1000:1000
# 50051 ingest, 50052 queries, 8080 the page and HTTP, 9461 to 9464 probes and metrics of ingest, worker, feed, operator.
EXPOSE 50051 50052 8080 9461 9462 9463 9464
# V8 does not ask how much memory the container has for its old generation; three quarters leave room for buffers.
ENTRYPOINT ["node", "--max-old-space-size-percentage=75", "--enable-source-maps", "--disable-warning=ExperimentalWarning", "/app/image/dist/entry.js"]

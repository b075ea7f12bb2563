import { configRouter } from '@guildmesh/contracts'
import { type App, createLogger, Metrics, startMeshServer, startOpsServer } from '@guildmesh/runtime'
import { type ConfigApiConfig } from './config.ts'
import { createConfigCore, type ConfigCoreOptions } from './config-core.ts'
import { backgroundLimits } from './database/database.ts'
import { registerRest } from './rest/register-rest.ts'

/** What a test, or a composition of several services, may replace. */
export type ConfigAppOverrides = Partial<
  Pick<
    ConfigCoreOptions,
    'logger' | 'metrics' | 'signal' | 'sources' | 'connectGateway' | 'moveTiming' | 'leaseExpireAfterMs'
  >
>

/** A running config API. */
export interface ConfigApp extends App {
  /** `ws://host:port`, for the mesh. */
  readonly url: string
  readonly port: number
  readonly opsPort: number
}

/** Composition root of the config API: builds its parts from top to bottom, and ends them in reverse. */
export async function createConfigApp(
  config: ConfigApiConfig,
  overrides: ConfigAppOverrides = {},
): Promise<ConfigApp> {
  const logger = overrides.logger ?? createLogger({ service: config.POD_NAME, level: config.LOG_LEVEL })
  const metrics = overrides.metrics ?? new Metrics()
  await using building = new AsyncDisposableStack()
  const core = building.use(
    await createConfigCore({
      ...overrides,
      name: config.POD_NAME,
      databaseUrl: config.DATABASE_URL,
      joinSecret: config.MESH_JOIN_SECRET,
      maxConnections: config.DATABASE_MAX_CONNECTIONS,
      identifyLimit: config.IDENTIFY_DAILY_LIMIT,
      bootstrapToken: config.BOOTSTRAP_OPERATOR_TOKEN,
      logger,
      metrics,
    }),
  )
  const server = building.use(
    await startMeshServer({
      host: config.HOST,
      port: config.PORT,
      router: configRouter,
      implementation: core.port,
      authenticator: core.authenticator,
      logger,
      metrics,
      register: (fastify) =>
        registerRest(fastify, {
          port: core.port,
          operators: core.operators,
          authenticator: core.authenticator,
          logger,
        }),
    }),
  )
  const alive = new AbortController().signal
  const ops = building.use(
    await startOpsServer({
      host: config.OPS_HOST,
      port: config.OPS_PORT,
      metrics,
      logger,
      checks: [
        {
          name: 'postgres',
          check: async () => {
            await core.database.run((queries) => queries.execute('SELECT 1'), backgroundLimits(alive, 1000))
            return { ok: true, detail: 'answers' }
          },
        },
      ],
    }),
  )
  logger.info({ event: 'config-api-ready', port: server.port, opsPort: ops.port }, 'the config API is ready')
  const parts = building.move()
  return {
    url: server.url,
    port: server.port,
    opsPort: ops.port,
    // Nothing here fails for good: PostgreSQL comes back by itself, or an operator brings it back.
    failed: new Promise<never>(() => {}),
    async drain() {
      ops.setDraining()
      await server.drain()
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

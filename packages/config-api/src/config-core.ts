import { setTimeout as sleep } from 'node:timers/promises'
import type { ConfigPort, GatewayId, GatewayRouter, ServiceName } from '@guildmesh/contracts'
import {
  type Authenticator,
  createAuthenticator,
  createIdentity,
  type Logger,
  type MeshConnection,
  type Metrics,
  type Secret,
} from '@guildmesh/runtime'
import { AssignmentStore } from './assignments/assignment-store.ts'
import { ChangeFeed } from './assignments/change-feed.ts'
import { AuditLog } from './audit/audit-log.ts'
import { ChangeListener } from './database/change-listener.ts'
import { isTransient } from './database/connection-loss.ts'
import { backgroundLimits, Database } from './database/database.ts'
import { findMigrations, migrate, readMigrations } from './database/migrate.ts'
import { GatewayRegistry } from './gateways/gateway-registry.ts'
import { guardGatewayCalls } from './guard-gateway-calls.ts'
import { OperatorTokenStore } from './identity/operator-token-store.ts'
import { keyValidityMs, ServiceKeyStore } from './identity/service-key-store.ts'
import { SessionStore } from './identity/session-store.ts'
import { housekeepingEveryMs, tidyUp } from './leases/housekeeping.ts'
import { LeaseReconciler, reconcileEveryMs } from './leases/lease-reconciler.ts'
import { repeat } from './leases/repeat.ts'
import { MeshMetrics, sampleEveryMs } from './mesh-metrics.ts'
import { GuildMoves } from './moves/guild-moves.ts'
import { MoveDriver, type MoveTiming } from './moves/move-driver.ts'
import { MeshSourceGateways, type SourceGateways } from './moves/source-gateways.ts'
import { ShardLeases } from './shards/shard-leases.ts'

export interface ConfigCoreOptions {
  /** Name of this process in the mesh. */
  readonly name: ServiceName
  readonly databaseUrl: Secret
  readonly joinSecret: Secret
  readonly logger: Logger
  readonly metrics: Metrics
  readonly maxConnections?: number
  /** Discord sessions that the bot may start in 24 hours. */
  readonly identifyLimit?: number
  readonly bootstrapToken?: Secret | undefined
  /** Where the migrations are; found beside the running file where unset. */
  readonly migrationsFolder?: string
  /** Ends the wait for a PostgreSQL that is not there yet. */
  readonly signal?: AbortSignal
  /** Replaces connections over the network where gateways live in the same process. */
  readonly connectGateway?: (gatewayId: GatewayId, address: string) => MeshConnection<GatewayRouter>
  /** Replaces gateways altogether. */
  readonly sources?: SourceGateways
  readonly moveTiming?: MoveTiming
  /** How long a lease is watched unchanged before it has lapsed; milliseconds. */
  readonly leaseHoldMs?: number
}

/** The config API without a server: what answers its router, and who may call it. */
export interface ConfigCore extends AsyncDisposable {
  readonly port: ConfigPort
  readonly authenticator: Authenticator
  readonly operators: OperatorTokenStore
  readonly audit: AuditLog
  readonly database: Database
}

const moveTurnEveryMs = 500

/**
 * Builds the config API on a database: brings the schema up to date, registers this process's own key and starts the
 * background work. PostgreSQL may still be starting: it is waited for.
 * @throws MigrationError, and PostgreSQL's own errors where it refuses us (a wrong password, an unknown database)
 */
export async function createConfigCore(options: ConfigCoreOptions): Promise<ConfigCore> {
  const { name, logger, metrics } = options
  const url = options.databaseUrl.reveal()
  await using building = new AsyncDisposableStack()
  const ending = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, ending.signal]) : ending.signal
  building.defer(() => ending.abort())

  await migrateWhenReachable(url, options.migrationsFolder ?? findMigrations(), logger, signal)
  const { maxConnections } = options
  const database = building.use(
    new Database({ url, logger, ...(maxConnections === undefined ? {} : { maxConnections }) }),
  )
  const listener = building.use(new ChangeListener({ url, logger }))
  const audit = new AuditLog({ database })
  const keys = new ServiceKeyStore({ database })
  const operators = new OperatorTokenStore({ database, audit })
  const authenticator = createAuthenticator({
    audience: 'config',
    keySource: { keys: async () => (await keys.keys(backgroundLimits(signal))).keys },
    joinSecret: options.joinSecret,
  })
  const identity = await createIdentity(name)
  const sources =
    options.sources ??
    building.use(
      new MeshSourceGateways({
        self: identity,
        logger,
        metrics,
        database,
        ...(options.connectGateway ? { connect: options.connectGateway } : {}),
      }),
    )
  const { moveTiming, leaseHoldMs, identifyLimit = 1000 } = options
  const driver = new MoveDriver({ database, sources, logger, ...(moveTiming ? { timing: moveTiming } : {}) })
  const feed = new ChangeFeed({ database, listener, logger })
  const port = guardGatewayCalls({
    gateways: new GatewayRegistry({ database, audit }),
    assignments: new AssignmentStore({ database, feed, logger, signal }),
    shards: new ShardLeases({ database, logger, identifyLimit, changes: listener, signal }),
    moves: new GuildMoves({ database, driver, audit }),
    services: keys,
    sessions: new SessionStore({ database }),
    operators,
    audit,
  })

  const ownKey = { name, kid: identity.kid, publicKey: identity.publicKey }
  await keys.store(ownKey, backgroundLimits(signal))
  if (options.bootstrapToken) {
    await operators.ensureBootstrapToken(options.bootstrapToken, backgroundLimits(signal))
  }
  const reconciler = new LeaseReconciler({
    database,
    logger,
    metrics,
    ...(leaseHoldMs === undefined ? {} : { holdMs: leaseHoldMs }),
  })
  const meshMetrics = new MeshMetrics({ database, metrics, identifyLimit })
  const tasks = [
    {
      name: 'metrics',
      pauseMs: sampleEveryMs,
      turn: (until: AbortSignal) => meshMetrics.sample(until),
    },
    { name: 'leases', pauseMs: reconcileEveryMs, turn: (until: AbortSignal) => reconciler.turn(until) },
    { name: 'moves', pauseMs: moveTurnEveryMs, turn: (until: AbortSignal) => driver.turn(until) },
    {
      name: 'housekeeping',
      pauseMs: housekeepingEveryMs,
      turn: (until: AbortSignal) => tidyUp(database, until),
    },
    {
      name: 'own key',
      pauseMs: keyValidityMs / 3,
      turn: async (until: AbortSignal) => {
        await keys.store(ownKey, backgroundLimits(until))
      },
    },
  ]
  const running = Promise.all(tasks.map((task) => repeat(task, { logger, signal })))
  observePool(metrics, database)

  const parts = building.move()
  return {
    port,
    authenticator,
    operators,
    audit,
    database,
    async [Symbol.asyncDispose]() {
      ending.abort()
      await running
      await parts.disposeAsync()
    },
  }
}

async function migrateWhenReachable(
  url: string,
  folder: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const migrations = readMigrations(folder)
  for (let attempt = 0; ; attempt++) {
    try {
      const applied = await migrate(url, migrations)
      if (applied.length > 0) logger.info({ applied }, 'database schema brought up to date')
      return
    } catch (error) {
      if (!isTransient(error)) throw error
      signal.throwIfAborted()
      logger.warn({ err: error }, 'PostgreSQL is not there yet; waiting for it (DATABASE_URL)')
      await sleep(Math.random() * Math.min(2000, 100 * 2 ** attempt), undefined, { signal })
    }
  }
}

function observePool(metrics: Metrics, database: Database): void {
  const gauge = metrics.gauge('postgres_pool_connections', 'Connections to PostgreSQL by state', ['state'])
  const sample = () => {
    const { used, open, waiting } = database.connections
    gauge.set({ state: 'used' }, used)
    gauge.set({ state: 'idle' }, open - used)
    gauge.set({ state: 'waiting' }, waiting)
  }
  Object.assign(gauge, { collect: sample })
}

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
import { type BackgroundTask, runTasks } from './background-tasks.ts'
import { ChangeListener } from './database/change-listener.ts'
import { backgroundLimits, Database } from './database/database.ts'
import { findMigrations } from './database/migrate.ts'
import { migrateWhenReachable } from './database/migrate-when-reachable.ts'
import { GatewayRegistry } from './gateways/gateway-registry.ts'
import { guardGatewayCalls } from './guard-gateway-calls.ts'
import { OperatorTokenStore } from './identity/operator-token-store.ts'
import { keyValidityMs, ServiceKeyStore } from './identity/service-key-store.ts'
import { SessionStore } from './identity/session-store.ts'
import { housekeepingEveryMs, tidyUp } from './leases/housekeeping.ts'
import { LeaseReconciler, reconcileEveryMs } from './leases/lease-reconciler.ts'
import { MeshMetrics, sampleEveryMs } from './mesh-metrics.ts'
import { GuildMoves } from './moves/guild-moves.ts'
import { MoveDriver, moveTurnEveryMs, type MoveTiming } from './moves/move-driver.ts'
import { MeshSourceGateways, type SourceGateways } from './moves/source-gateways.ts'
import { Checkpoints } from './shards/checkpoints.ts'
import { GapLedger } from './shards/gap-ledger.ts'
import { SessionPermits } from './shards/session-permits.ts'
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
  /** Where the migrations are; found beside the running file if unset. */
  readonly migrationsFolder?: string
  /** Ends the wait for a PostgreSQL that is not there yet. */
  readonly signal?: AbortSignal
  /** Replaces connections over the network if gateways live in the same process. */
  readonly connectGateway?: (gatewayId: GatewayId, address: string) => MeshConnection<GatewayRouter>
  /** Replaces gateways altogether. */
  readonly sources?: SourceGateways
  readonly moveTiming?: MoveTiming
  /** How long a lease is watched unchanged before it has expired; milliseconds. */
  readonly leaseExpireAfterMs?: number
}

/** The config API without a server: what answers its router, and who may call it. */
export interface ConfigCore extends AsyncDisposable {
  readonly port: ConfigPort
  readonly authenticator: Authenticator
  readonly operators: OperatorTokenStore
  readonly audit: AuditLog
  readonly database: Database
}

/**
 * Builds the config API on a database: brings the schema up to date, registers this process's own key and starts the
 * background tasks. Waits for a PostgreSQL that is still starting.
 * @throws MigrationError, and PostgreSQL's own errors if it refuses us (a wrong password, an unknown database)
 */
export async function createConfigCore(options: ConfigCoreOptions): Promise<ConfigCore> {
  const { name, logger, metrics, identifyLimit = 1000 } = options
  const url = options.databaseUrl.reveal()
  await using building = new AsyncDisposableStack()
  const ending = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, ending.signal]) : ending.signal
  building.defer(() => ending.abort())

  const migrations = options.migrationsFolder ?? findMigrations()
  await migrateWhenReachable(options.databaseUrl, migrations, { logger, signal })
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
  const { connectGateway: connect } = options
  const sources =
    options.sources ??
    building.use(
      new MeshSourceGateways({ self: identity, logger, metrics, database, ...(connect ? { connect } : {}) }),
    )
  const { moveTiming: timing } = options
  const driver = new MoveDriver({ database, sources, logger, ...(timing ? { timing } : {}) })
  const feed = new ChangeFeed({ database, listener, logger })
  const port = guardGatewayCalls({
    gateways: new GatewayRegistry({ database, audit, logger }),
    assignments: new AssignmentStore({ database, feed, logger, metrics, signal }),
    shards: {
      lease: new ShardLeases({ database, logger, changes: listener, signal }),
      checkpoint: new Checkpoints({ database }),
      identify: new SessionPermits({ database, logger, identifyLimit }),
      gapLedger: new GapLedger({ database, logger }),
    },
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
  const { leaseExpireAfterMs: expireAfterMs } = options
  const reconciler = new LeaseReconciler({
    database,
    logger,
    metrics,
    ...(expireAfterMs === undefined ? {} : { expireAfterMs }),
  })
  const meshMetrics = new MeshMetrics({ database, metrics, identifyLimit })
  const tasks: readonly BackgroundTask[] = [
    { name: 'metrics', pauseMs: sampleEveryMs, turn: (until) => meshMetrics.sample(until) },
    { name: 'leases', pauseMs: reconcileEveryMs, turn: (until) => reconciler.turn(until) },
    { name: 'moves', pauseMs: moveTurnEveryMs, turn: (until) => driver.turn(until) },
    { name: 'housekeeping', pauseMs: housekeepingEveryMs, turn: (until) => tidyUp(database, until) },
    {
      name: 'own key',
      pauseMs: keyValidityMs / 3,
      turn: async (until) => {
        await keys.store(ownKey, backgroundLimits(until))
      },
    },
  ]
  const running = runTasks(tasks, { logger, signal })
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

import type { GatewayId, Incarnation } from '@guildmesh/contracts'
import { type GuildStore, openGuildStore } from '@guildmesh/guild-store'
import {
  type Clock,
  createLogger,
  type Logger,
  Metrics,
  type OpsServer,
  startOpsServer,
  systemClock,
} from '@guildmesh/runtime'
import type { GatewayConfig } from '../config.ts'
import { GatewayLease } from '../membership/gateway-lease.ts'
import { RestBudget } from '../outbox/rest-budget.ts'
import { RestLease } from '../outbox/rest-lease.ts'
import { leaseReadiness, ReadinessBoard } from '../readiness.ts'
import { connectToMesh, type MeshOverrides, type MeshSide } from './mesh-side.ts'

/** What may be replaced when a gateway is composed: by the monolith (calls in process) and by tests. */
export interface GatewayOverrides extends MeshOverrides {
  readonly logger?: Logger
  readonly metrics?: Metrics
  readonly clock?: Clock
  /** Aborted when the process must end while the app is still being built. */
  readonly signal?: AbortSignal
  /** `false`: the composing process serves health and metrics itself, with `GatewayApp.checks`. */
  readonly opsServer?: boolean
}

/** Who watches the parts of a gateway, and what gives them the time. */
export interface Observers {
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Metrics
}

/** What owner and holder both stand on. */
export interface Foundation extends AsyncDisposable {
  readonly observers: Observers
  readonly store: GuildStore
  readonly mesh: MeshSide
  readonly lease: GatewayLease
  readonly self: { readonly gatewayId: GatewayId; readonly incarnation: () => Incarnation }
  readonly readiness: ReadinessBoard
  /** Serves health and metrics from now on; `null` if the composing process does. */
  readonly ops: OpsServer | null
  /** This gateway's part of Discord's bot-wide limits, leased with the heartbeats. */
  readonly rest: { readonly lease: RestLease; readonly budget: RestBudget }
}

/**
 * Opens the volume, connects to the mesh and serves health. Waits for nobody.
 *
 * @throws VolumeInUseError if another process has the volume
 * @throws PortInUseError if the ops port is taken
 */
export async function layFoundation(config: GatewayConfig, overrides: GatewayOverrides): Promise<Foundation> {
  const { gatewayId } = config
  const logger = overrides.logger ?? createLogger({ service: gatewayId, level: config.LOG_LEVEL })
  const metrics = overrides.metrics ?? new Metrics()
  const clock = overrides.clock ?? systemClock
  await using parts = new AsyncDisposableStack()
  const store = parts.use(openGuildStore({ path: config.GATEWAY_DB_PATH }))
  const mesh = parts.use(await connectToMesh(config, { logger, metrics }, overrides))
  const lease = new GatewayLease(clock)
  const readiness = new ReadinessBoard()
  readiness.provide('lease', () =>
    leaseReadiness({
      registered: lease.status !== null,
      mayServe: lease.mayServe(),
      ageMs: lease.leaseAgeMs(),
    }),
  )
  const { checks } = readiness
  const ops =
    (overrides.opsServer ?? true)
      ? await startOpsServer({ host: config.OPS_HOST, port: config.OPS_PORT, metrics, checks, logger })
      : null
  if (ops) parts.use(ops)
  const restLease = new RestLease({
    clock,
    gateways: () => mesh.table.gateways().filter(({ status }) => status !== 'offline').length,
    metrics,
  })
  const owned = parts.move()
  return {
    observers: { clock, log: logger, metrics },
    store,
    mesh,
    lease,
    self: { gatewayId, incarnation: () => lease.incarnation },
    readiness,
    ops,
    rest: {
      lease: restLease,
      budget: new RestBudget({ quotas: restLease, clock, log: logger, metrics }),
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

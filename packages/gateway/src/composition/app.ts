import { statSync } from 'node:fs'
import {
  type DeliverInput,
  type GatewayHealth,
  type GatewayId,
  type GatewayPort,
  gatewayRouter,
} from '@guildmesh/contracts'
import { openGuildStore } from '@guildmesh/guild-store'
import {
  type App,
  type Authenticator,
  type Clock,
  createLogger,
  followAssignments,
  type Logger,
  Metrics,
  type ReadinessCheck,
  type RoutingTable,
  startMeshServer,
  startOpsServer,
  systemClock,
} from '@guildmesh/runtime'
import type { GatewayConfig } from '../config.ts'
import { registryOf } from '../config-client.ts'
import { AssignmentReconciliation } from '../membership/assignment-reconciliation.ts'
import { EventRate } from '../membership/event-rate.ts'
import { GatewayLease } from '../membership/gateway-lease.ts'
import { Membership } from '../membership/membership.ts'
import { mountModules } from '../mounted/mount-modules.ts'
import { RestBudget } from '../outbox/rest-budget.ts'
import { RestLease } from '../outbox/rest-lease.ts'
import { discordReadiness, leaseReadiness, ReadinessBoard } from '../readiness.ts'
import { gatewayVersion } from '../version.ts'
import { gatewayPort } from './gateway-port.ts'
import { createHolder } from './holder-app.ts'
import { connectToMesh, type MeshOverrides } from './mesh-side.ts'
import { createOwner } from './owner-app.ts'
import { RunningParts } from './running-parts.ts'

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

export interface GatewayApp extends App {
  readonly gatewayId: GatewayId
  /** Where the mesh server listens. */
  readonly url: string
  readonly opsPort: number | null
  readonly checks: readonly ReadinessCheck[]
  /** What answers calls, and who may make them: for callers in the same process. */
  readonly port: GatewayPort
  readonly authenticator: Authenticator
  readonly table: RoutingTable
}

/**
 * Builds a gateway from top to bottom; resolves when it is registered and serves the guilds it owns. Its Discord
 * sessions come up by themselves after that. While the config API is away it waits, not ready, and says so.
 */
export async function createGatewayApp(
  config: GatewayConfig,
  overrides: GatewayOverrides = {},
): Promise<GatewayApp> {
  const { gatewayId } = config
  const logger = overrides.logger ?? createLogger({ service: gatewayId, level: config.LOG_LEVEL })
  const metrics = overrides.metrics ?? new Metrics()
  const clock = overrides.clock ?? systemClock
  const observers = { clock, log: logger, metrics }
  const running = new RunningParts()
  const building = AbortSignal.any([running.signal, ...(overrides.signal ? [overrides.signal] : [])])
  await using parts = new AsyncDisposableStack()
  parts.defer(() => running.end())

  // What both halves stand on.
  const store = parts.use(openGuildStore({ path: config.GATEWAY_DB_PATH }))
  const mesh = parts.use(await connectToMesh(config, { logger, metrics }, overrides))
  const { table } = mesh
  const lease = new GatewayLease(clock)
  const self = { gatewayId, incarnation: () => lease.incarnation }
  const readiness = new ReadinessBoard()
  readiness.provide('lease', () =>
    leaseReadiness({
      registered: lease.status !== null,
      mayServe: lease.mayServe(),
      ageMs: lease.leaseAgeMs(),
    }),
  )
  const ops =
    (overrides.opsServer ?? true)
      ? parts.use(
          await startOpsServer({
            host: config.OPS_HOST,
            port: config.OPS_PORT,
            metrics,
            checks: readiness.checks,
            logger,
          }),
        )
      : null
  const restLease = new RestLease({
    clock,
    gateways: () => table.gateways().filter(({ status }) => status !== 'offline').length,
    metrics,
  })
  const restBudget = new RestBudget({ shares: restLease, ...observers })

  // The owner's half.
  const mount = await mountModules(config, observers)
  const owner = parts.use(
    createOwner({
      ...observers,
      store,
      ...(mount ? { mount } : {}),
      self,
      rest: { baseUrl: config.DISCORD_API_URL, token: config.DISCORD_TOKEN },
      restBudget,
      applicationId: config.DISCORD_APP_ID,
      eventProbe: config.EVENT_PROBE,
      mayServe: () => lease.mayServe(),
    }),
  )
  readiness.provide('database', () => ({ ok: true, detail: 'answers' }))
  const assignments = parts.use(new AssignmentReconciliation(table, owner, gatewayId))
  const rate = new EventRate(() => clock.monotonicMs())
  /** What was assigned to this gateway a moment ago is opened before its events are applied. */
  const deliverHere = (input: DeliverInput) => {
    rate.add(input.lanes.reduce((sum, lane) => sum + lane.events.length, 0))
    assignments.flush()
    return owner.deliver(input)
  }

  // The holder's half.
  const { shards, parked } = createHolder({
    ...observers,
    config,
    self,
    mesh,
    store,
    commands: owner.commands,
    deliverHere,
    signal: running.signal,
  })
  parts.defer(() => shards.stop())
  readiness.provide('discord', () => discordReadiness(shards, clock.monotonicMs()))
  parts.defer(
    table.onChange((change) => {
      if (change.type === 'gateway') return
      assignments.changed()
      shards.reroute(change.type === 'assignment' ? change.assignment.guildId : null)
    }),
  )

  // What others reach, and this gateway's place among them.
  const health = (): GatewayHealth => ({
    gatewayId,
    ready: lease.mayServe(),
    guilds: table.guildsOf(gatewayId).length,
    shards: shards.views.map(({ shardId, phase, seq }) => ({ shardId, state: phase, seq })),
  })
  const port = gatewayPort({ owner: owner.port, deliver: deliverHere, health, parked })
  const server = parts.use(
    await startMeshServer({
      host: config.HOST,
      port: config.PORT,
      router: gatewayRouter,
      implementation: port,
      authenticator: mesh.authenticator,
      logger,
      metrics,
    }),
  )
  const membership = new Membership({
    facts: {
      gatewayId,
      address: config.advertisedAddress ?? `ws://127.0.0.1:${server.port}`,
      region: config.REGION,
      version: gatewayVersion,
      capacity: config.GATEWAY_CAPACITY,
    },
    lease,
    registry: registryOf(mesh.connection.client),
    volume: store.volume,
    load: () => ({
      guilds: table.guildsOf(gatewayId).length,
      eventsPerSecond: rate.perSecond(),
      databaseBytes: statSync(config.GATEWAY_DB_PATH, { throwIfNoEntry: false })?.size ?? 0,
      rssBytes: process.memoryUsage.rss(),
    }),
    rest: {
      report: () => restLease.report(restBudget.usage()),
      answered: (grant, sentAtMs) => restLease.answered(grant, sentAtMs),
    },
    clock,
    log: logger,
  })

  // From here on it lives.
  if (config.requestedGuilds.length > 0) {
    logger.info(
      { event: 'guilds-requested', guilds: config.requestedGuilds.length },
      'ASSIGNED_GUILDS is a request only: the config API decides who owns a guild',
    )
  }
  await mesh.enrol(building)
  await membership.register(building)
  running.attend(membership.keep(running.signal))
  running.attend(followAssignments({ connection: mesh.connection, table, logger, signal: running.signal }))
  await untilAborted(table.complete, building)
  assignments.flush()
  owner.start(running.signal)
  running.attend(shards.run(running.signal))

  const resources = parts.move()
  return {
    gatewayId,
    url: server.url,
    opsPort: ops?.port ?? null,
    checks: readiness.checks,
    port,
    authenticator: mesh.authenticator,
    table,
    failed: running.failed,
    async drain() {
      ops?.setDraining()
      await shards.drain()
      await server.drain()
    },
    async [Symbol.asyncDispose]() {
      // The loops first, so that none of them calls what is being closed.
      running.end()
      await resources.disposeAsync()
    },
  }
}

async function untilAborted(wait: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([wait, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

import { statSync } from 'node:fs'
import {
  configRouter,
  type ConfigRouter,
  type DeliverInput,
  type GatewayHealth,
  type GatewayId,
  type GatewayPort,
  gatewayRouter,
  type GatewayRouter,
} from '@guildmesh/contracts'
import { openGuildStore } from '@guildmesh/guild-store'
import {
  type App,
  type Authenticator,
  type Clock,
  connectMesh,
  createAuthenticator,
  createGatewayConnections,
  createIdentity,
  createLogger,
  followAssignments,
  keepEnrolled,
  type Logger,
  type MeshConnection,
  Metrics,
  type OpsServer,
  type ReadinessCheck,
  RoutingTable,
  startMeshServer,
  startOpsServer,
  systemClock,
  type TokenSource,
  within,
} from '@guildmesh/runtime'
import { CommandDeployer } from '../commands-deploy/command-deployer.ts'
import type { GatewayConfig } from '../config.ts'
import { assignmentsOf, registryOf, shardLeasesOf } from '../config-client.ts'
import { deliveryPorts, keepersOf } from '../delivery/delivery-ports.ts'
import { parkedPages } from '../delivery/parked-pages.ts'
import { ParkingSpace } from '../delivery/parking.ts'
import { holderDiscordApi } from '../discord-api.ts'
import { EventRate } from '../membership/event-rate.ts'
import { gatewayPort } from './gateway-port.ts'
import { AssignmentReconciliation } from '../membership/assignment-reconciliation.ts'
import { Membership } from '../membership/membership.ts'
import { createOwner } from './create-owner.ts'
import type { Owner } from './owner.ts'
import { type GatewayCondition, readinessChecks } from '../readiness.ts'
import { mountModules } from '../mounted/mount-modules.ts'
import { RestBudget } from '../outbox/rest-budget.ts'
import { RestLease } from '../outbox/rest-lease.ts'
import { DiscordHolder } from '../shards/discord-holder.ts'
import { shardSockets } from '../shards/shard-socket.ts'
import { gatewayVersion } from '../version.ts'

/** What may be replaced when a gateway is composed: by the monolith (calls in process) and by tests. */
export interface GatewayOverrides {
  readonly logger?: Logger
  readonly metrics?: Metrics
  readonly clock?: Clock
  /** Aborted when the process must end while the app is still being built. */
  readonly signal?: AbortSignal
  readonly connectConfig?: (self: TokenSource) => MeshConnection<ConfigRouter>
  readonly connectGateway?: (gatewayId: GatewayId, address: string) => MeshConnection<GatewayRouter>
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
  const life = new AbortController()
  const building = AbortSignal.any([life.signal, ...(overrides.signal ? [overrides.signal] : [])])
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => {})
  /** Runs a part for the app's life; what it throws ends the app. */
  const attend = (part: Promise<unknown>) => {
    part.catch((error: unknown) => {
      if (!life.signal.aborted) failure.reject(error)
    })
  }

  await using parts = new AsyncDisposableStack()
  parts.defer(() => life.abort())

  let owner: Owner | null = null
  let holder: DiscordHolder | null = null
  const store = parts.use(openGuildStore({ path: config.GATEWAY_DB_PATH }))
  if (config.requestedGuilds.length > 0) {
    logger.info(
      { guilds: config.requestedGuilds.length },
      'ASSIGNED_GUILDS is a request only: the config API decides who owns a guild',
    )
  }

  const identity = await createIdentity(gatewayId)
  const connectConfig =
    overrides.connectConfig ??
    ((self: TokenSource) =>
      connectMesh({
        self,
        logger,
        metrics,
        router: configRouter,
        audience: 'config',
        urls: config.configUrls,
      }))
  const connection = parts.use(connectConfig(identity))
  const { client } = connection
  const authenticator = createAuthenticator({
    audience: gatewayId,
    keySource: { keys: async () => (await client.services.keys.query(undefined, within(2000))).keys },
  })

  const table = new RoutingTable()
  const rate = new EventRate(() => clock.monotonicMs())
  const restLease = new RestLease({
    clock,
    gateways: () => table.gateways().filter(({ status }) => status !== 'offline').length,
    metrics,
  })
  const restBudget = new RestBudget({ shares: restLease, clock, log: logger, metrics })
  const membership = new Membership({
    facts: () => ({
      gatewayId,
      address: config.advertisedAddress ?? `ws://127.0.0.1:${server.port}`,
      region: config.REGION,
      version: gatewayVersion,
      capacity: config.GATEWAY_CAPACITY,
    }),
    registry: registryOf(client),
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

  const self = { gatewayId, incarnation: () => membership.incarnation }
  /** What was assigned to this gateway a moment ago is adopted before its events are applied. */
  const beforeDelivery = ({ lanes }: DeliverInput) => {
    rate.add(lanes.reduce((sum, lane) => sum + lane.events.length, 0))
    adoption.flush()
  }

  const condition = (): GatewayCondition => ({
    registered: membership.status !== null,
    mayServe: membership.mayServe(),
    leaseAgeMs: membership.leaseAgeMs(),
    databaseAnswers: () => owner !== null,
    discordProblem: holder ? holder.problem : 'not started yet',
    shards: holder?.views ?? [],
    nowMs: clock.monotonicMs(),
  })
  const checks = readinessChecks(condition)
  let ops: OpsServer | null = null
  if (overrides.opsServer ?? true) {
    ops = await startOpsServer({ host: config.OPS_HOST, port: config.OPS_PORT, metrics, checks, logger })
    parts.use(ops)
  }

  const parkingSpace = new ParkingSpace(store.shards.parked, config.PARKING_LIMIT_MB * 1024 * 1024)
  const port = gatewayPort({
    owner: () => owner,
    health: (): GatewayHealth => ({
      gatewayId,
      ready: membership.mayServe() && owner !== null,
      guilds: table.guildsOf(gatewayId).length,
      shards: (holder?.views ?? []).map(({ shardId, phase, seq }) => ({ shardId, state: phase, seq })),
    }),
    parked: parkedPages({
      disk: store.shards.parked,
      space: parkingSpace,
      yieldTo: (claim) => holder?.yieldTo(claim),
      clock,
    }),
    beforeDelivery,
  })
  const server = parts.use(
    await startMeshServer({
      host: config.HOST,
      port: config.PORT,
      router: gatewayRouter,
      implementation: port,
      authenticator,
      logger,
      metrics,
    }),
  )

  const mount = await mountModules(config, { clock, log: logger, metrics })
  await keepEnrolled({
    connect: connectConfig,
    identity,
    joinSecret: config.MESH_JOIN_SECRET,
    logger,
    signal: building,
  })
  await membership.register(building)
  attend(membership.keep(life.signal))

  const running = createOwner({
    store,
    ...(mount ? { mount } : {}),
    self,
    rest: { baseUrl: config.DISCORD_API_URL, token: config.DISCORD_TOKEN },
    restBudget,
    applicationId: config.DISCORD_APP_ID,
    eventProbe: config.EVENT_PROBE,
    mayServe: () => membership.mayServe(),
    clock,
    log: logger,
    metrics,
  })
  parts.use(running)
  owner = running
  parts.defer(() => {
    owner = null
  })
  const adoption = new AssignmentReconciliation(table, running, gatewayId)
  parts.defer(() => adoption.stop())
  parts.defer(
    table.onChange((change) => {
      if (change.type === 'gateway') return
      adoption.changed()
      holder?.reroute(change.type === 'assignment' ? change.assignment.guildId : null)
    }),
  )
  attend(followAssignments({ connection, table, logger, signal: life.signal }))
  await untilAborted(table.complete, building)
  adoption.flush()
  running.start(life.signal)

  const gateways = parts.use(
    createGatewayConnections({
      self: identity,
      logger,
      metrics,
      router: gatewayRouter,
      addressOf: (id) => table.gateway(id)?.address ?? null,
      ...(overrides.connectGateway ? { connect: overrides.connectGateway } : {}),
    }),
  )
  const discord = holderDiscordApi({
    baseUrl: config.DISCORD_API_URL,
    token: config.DISCORD_TOKEN,
    applicationId: config.DISCORD_APP_ID,
  })
  const deployer = new CommandDeployer({
    api: discord.commands,
    commands: running.commands,
    log: logger,
    signal: life.signal,
  })
  const shards = new DiscordHolder({
    self,
    leases: shardLeasesOf(client),
    token: config.DISCORD_TOKEN.reveal(),
    askDiscord: () => discord.gateway(),
    shardCount: config.SHARD_COUNT ?? null,
    openSocket: shardSockets({ compression: config.DISCORD_COMPRESSION }),
    delivery: deliveryPorts({
      self,
      table,
      assignments: assignmentsOf(client),
      gateways,
      deliverHere(input) {
        beforeDelivery(input)
        return running.deliver(input)
      },
      clock,
      log: logger,
      metrics,
    }),
    parking: {
      volume: store.shards,
      space: parkingSpace,
      keepers: keepersOf(gateways, self),
    },
    metrics,
    knownGuilds: () =>
      table.gateways().flatMap((one) => table.guildsOf(one.gatewayId).map(({ guildId }) => guildId)),
    onFirstShard: () => deployer.start(),
  })
  holder = shards
  parts.defer(() => shards.stop())
  attend(shards.run(life.signal))

  const resources = parts.move()
  return {
    gatewayId,
    url: server.url,
    opsPort: ops?.port ?? null,
    checks,
    port,
    authenticator,
    table,
    failed: failure.promise,
    async drain() {
      ops?.setDraining()
      await shards.drain()
      await server.drain()
    },
    async [Symbol.asyncDispose]() {
      // The loops first, so that none of them calls what is being closed.
      life.abort()
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

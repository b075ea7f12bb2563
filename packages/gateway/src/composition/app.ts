import { statSync } from 'node:fs'
import {
  type DeliverInput,
  type GatewayHealth,
  type GatewayId,
  type GatewayPort,
  gatewayRouter,
} from '@guildmesh/contracts'
import {
  type App,
  type Authenticator,
  followAssignments,
  type ReadinessCheck,
  type RoutingTable,
  startMeshServer,
} from '@guildmesh/runtime'
import type { GatewayConfig } from '../config.ts'
import { registryOf } from '../config-client.ts'
import { AssignmentReconciliation } from '../membership/assignment-reconciliation.ts'
import { EventRate } from '../membership/event-rate.ts'
import { Membership } from '../membership/membership.ts'
import { mountModules } from '../mounted/mount-modules.ts'
import { discordReadiness } from '../readiness.ts'
import { gatewayVersion } from '../version.ts'
import { type Foundation, type GatewayOverrides, layFoundation } from './foundation.ts'
import { gatewayPort } from './gateway-port.ts'
import { createHolder } from './holder-app.ts'
import { createOwner } from './owner-app.ts'
import { RunningParts } from './running-parts.ts'

export type { GatewayOverrides } from './foundation.ts'

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
  const running = new RunningParts()
  const building = AbortSignal.any([running.signal, ...(overrides.signal ? [overrides.signal] : [])])
  await using parts = new AsyncDisposableStack()
  parts.defer(() => running.end())
  const foundation = parts.use(await layFoundation(config, overrides))
  const { observers, store, mesh, lease, self, readiness, ops } = foundation
  const { table } = mesh
  const { clock, log } = observers

  // The owner's half.
  const mount = await mountModules(config, observers)
  const owner = parts.use(
    createOwner({
      ...observers,
      store,
      ...(mount ? { mount } : {}),
      self,
      rest: { baseUrl: config.DISCORD_API_URL, token: config.DISCORD_TOKEN },
      restBudget: foundation.rest.budget,
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
      logger: log,
      metrics: observers.metrics,
    }),
  )
  const membership = memberOf(config, foundation, server.port, () => rate.perSecond())

  // From here on it runs.
  if (config.requestedGuilds.length > 0) {
    log.info(
      { event: 'guilds-requested', guilds: config.requestedGuilds.length },
      'ASSIGNED_GUILDS is a request only: the config API decides who owns a guild',
    )
  }
  await mesh.enrol(building)
  await membership.register(building)
  running.attend(membership.keep(running.signal))
  running.attend(
    followAssignments({ connection: mesh.connection, table, logger: log, signal: running.signal }),
  )
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

/** This gateway's place in the mesh, once others can reach it at `port`. */
function memberOf(
  config: GatewayConfig,
  { observers, store, mesh, lease, rest }: Foundation,
  port: number,
  eventsPerSecond: () => number,
): Membership {
  const { gatewayId } = config
  return new Membership({
    facts: {
      gatewayId,
      address: config.advertisedAddress ?? `ws://127.0.0.1:${port}`,
      region: config.REGION,
      version: gatewayVersion,
      capacity: config.GATEWAY_CAPACITY,
    },
    lease,
    registry: registryOf(mesh.connection.client),
    volume: store.volume,
    load: () => ({
      guilds: mesh.table.guildsOf(gatewayId).length,
      eventsPerSecond: eventsPerSecond(),
      databaseBytes: statSync(config.GATEWAY_DB_PATH, { throwIfNoEntry: false })?.size ?? 0,
      rssBytes: process.memoryUsage.rss(),
    }),
    rest: {
      report: () => rest.lease.report(rest.budget.usage()),
      answered: (grant, sentAtMs) => rest.lease.answered(grant, sentAtMs),
    },
    clock: observers.clock,
    log: observers.log,
  })
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

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { GuildId, shardOf } from '@guildmesh/contracts'
import { createSimClient } from '@guildmesh/discord-sim'
import type { SimClient } from '@guildmesh/discord-sim'
import { startLocalMesh } from '@guildmesh/local-mesh'
import type { LocalMesh } from '@guildmesh/local-mesh'
import { type BenchContext, untilTrue } from './bench-context.ts'
import { Inspector } from './inspector.ts'
import { type CpuMoment, cpuSeconds } from './process-usage.ts'
import { Scrape } from './scrape.ts'

export interface BenchMeshOptions {
  readonly gateways: number
  readonly guilds: number
  readonly shards: number
  /** Gateways open an inspector, which `inspectorOf` uses. */
  readonly inspectable?: boolean
}

/** The two gateways of a guild: the one that applies its events, and the one that receives them. */
export interface GuildPlace {
  readonly guildId: GuildId
  readonly owner: string
  readonly holder: string
}

/**
 * The mesh that a bench measures: PostgreSQL, simulator, one config API and gateways, each its own process from the
 * bundles, as `npm start` runs them. Disposing stops them all and removes their folder.
 */
export interface BenchMesh extends AsyncDisposable {
  readonly mesh: LocalMesh
  readonly sim: SimClient
  /** From the start of the gateways until every guild was known and applied, milliseconds. */
  readonly knownAfterMs: number
  /** Metrics of one gateway, or the sums over all. */
  scrape(gatewayId?: string): Promise<Scrape>
  cpu(): CpuMoment
  places(): Promise<GuildPlace[]>
  /** Waits until the gateways have applied all that they received; returns the metrics of that moment. */
  settle(timeoutMs?: number): Promise<Scrape>
  /** Call this while nothing is sent, after a gateway ended: its counters start from 0 again. */
  recount(): Promise<void>
  inspectorOf(gatewayId: string): Promise<Inspector>
}

const gatewayIds = (count: number) => Array.from({ length: count }, (_, at) => `gateway-${at}`)

/** Starts it and waits until every guild is known, owned and applied. */
export async function startBenchMesh(context: BenchContext, options: BenchMeshOptions): Promise<BenchMesh> {
  const { gateways, guilds, shards, inspectable = false } = options
  context.say(`starting ${gateways} gateway(s), ${guilds} guilds on ${shards} shard(s)`)
  await using stack = new AsyncDisposableStack()
  const stateDir = mkdtempSync(join(tmpdir(), 'guildmesh-bench-'))
  stack.defer(() => rmSync(stateDir, { recursive: true, force: true }))
  const inspectors = new Map<string, string>()
  let gatewaysAtMs = 0
  const mesh = stack.use(
    await startLocalMesh({
      discord: { kind: 'simulator', guilds, rate: 0, seed: 1 },
      configs: 1,
      gateways,
      edges: 0,
      fresh: false,
      verbosity: 'quiet',
      databaseUrl: null,
      memorablePorts: false,
      mount: [],
      stateDir,
      signal: context.signal,
      simulatorFlags: [`--shards=${shards}`],
      // The flags of the gateway's image; the launcher's own are for machines with little memory.
      gatewayNodeFlags: [],
      gatewayEnvironment: {
        GATEWAY_CAPACITY: '10000',
        ...(inspectable ? { NODE_OPTIONS: '--inspect=127.0.0.1:0' } : {}),
      },
      onLine(name, line) {
        const inspector = /^Debugger listening on (ws:\S+)/.exec(line)?.[1]
        if (inspector !== undefined) inspectors.set(name, inspector)
        else if (line.includes('"level":"error"') || line.includes('"level":50'))
          context.say(`${name}: ${line}`)
      },
      onEvent(name, event) {
        if (name === 'gateway-0' && event.type === 'started') gatewaysAtMs = performance.now()
        if (event.type === 'ended' && !context.signal.aborted)
          context.say(`${name} ended: ${JSON.stringify(event)}`)
      },
    }),
  )
  if (mesh.simulatorUrl === null) throw new Error('the mesh has no simulator')
  const sim = createSimClient(mesh.simulatorUrl)

  const scrapeOne = async (at: number) => {
    const response = await fetch(`http://127.0.0.1:${mesh.ports.gateways[at]?.ops}/metrics`)
    return Scrape.parse(await response.text())
  }
  const scrape = async (gatewayId?: string) => {
    const ids = gatewayIds(gateways)
    const wanted = gatewayId === undefined ? ids : [gatewayId]
    return Scrape.sum(await Promise.all(wanted.map((id) => scrapeOne(ids.indexOf(id)))))
  }
  const dispatched = async () => (await sim.sessions()).reduce((sum, session) => sum + session.seq, 0)
  /** Dispatches that concern the session only, such as READY. */
  let ofSessions = 0
  const settle = (timeoutMs = 30_000) =>
    untilTrue('the gateways to apply what was sent', context, { everyMs: 100, timeoutMs }, async () => {
      const sent = (await dispatched()) - ofSessions
      const now = await scrape()
      return now.total(received) >= sent && isApplied(now) ? now : null
    })

  const limit = { everyMs: 250, timeoutMs: 120_000 + guilds * 20 }
  const known = await untilTrue('every guild to be known and applied', context, limit, async () => {
    const sessions = await sim.sessions()
    const complete = sessions.filter((session) => session.connected && session.pendingGuilds === 0)
    const now = await scrape()
    return complete.length === shards && appliedOf(now) >= guilds && isApplied(now) ? now : null
  })
  const knownAfterMs = performance.now() - gatewaysAtMs
  const recount = async (now: Scrape) => {
    ofSessions = (await dispatched()) - now.total(received)
  }
  await recount(known)
  context.say(`all ${guilds} guilds known after ${(knownAfterMs / 1000).toFixed(1)} s`)

  const parts = stack.move()
  return {
    mesh,
    sim,
    knownAfterMs,
    scrape,
    settle,
    cpu: () =>
      new Map(
        mesh.processes.flatMap(({ name, pid }): [string, number][] =>
          pid === null ? [] : [[name, cpuSeconds(pid)]],
        ),
      ),
    async places() {
      const holders = new Map<number, string>()
      for (const gatewayId of gatewayIds(gateways)) {
        const own = await scrape(gatewayId)
        for (let shard = 0; shard < shards; shard++) {
          if (own.total(received, `shard="${shard}"`) > 0) holders.set(shard, gatewayId)
        }
      }
      return gatewayIds(gateways).flatMap((owner) =>
        guildsOwned(mesh.gatewayDatabase(owner)).map((guildId): GuildPlace => {
          const holder = holders.get(shardOf(guildId, shards)) ?? ''
          return { guildId, owner, holder }
        }),
      )
    },
    recount: async () => recount(await scrape()),
    async inspectorOf(gatewayId) {
      const url = inspectors.get(gatewayId)
      if (url === undefined) throw new Error(`${gatewayId} does not listen for the inspector`)
      return Inspector.connect(url)
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

const received = 'guildmesh_events_received_total'

function isApplied(scrape: Scrape): boolean {
  return appliedOf(scrape) >= scrape.total(received, 'scope="guild"')
}

function appliedOf(scrape: Scrape): number {
  return scrape.total('guildmesh_events_applied_total') + scrape.total('guildmesh_events_duplicate_total')
}

function guildsOwned(path: string): GuildId[] {
  const database = new DatabaseSync(path, { readOnly: true })
  try {
    return database
      .prepare("SELECT guild_id FROM guild_own WHERE role = 'active' ORDER BY guild_id")
      .all()
      .map((row) => GuildId.parse(row['guild_id']))
  } finally {
    database.close()
  }
}

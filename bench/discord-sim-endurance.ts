/**
 * Whether the simulator stays level: an hour of traffic, played as fast as the machine can on a clock
 * that is moved by hand, with a session on each shard that reads and chains everything. Afterwards the
 * oracle must clear the bot, and must still find one event lost, doubled or swapped.
 *
 *   npx node --expose-gc bench/discord-sim-endurance.ts [events per second] [minutes]
 */
import { WebSocket } from 'ws'
import {
  chainStart,
  extendChain,
  isChainedEvent,
  payloadHash,
  startDiscordSim,
  VirtualClock,
} from '@guildmesh/discord-sim'
import type { BotGuildReport, DiscordSim } from '@guildmesh/discord-sim'

const rate = Number(process.argv[2] ?? 400)
const minutes = Number(process.argv[3] ?? 60)
const shardCount = 3
const everyIntent = 53_608_447
const heartbeatMs = 41_250
/** Between two looks at what the sockets still hold. */
const stepMs = 250
/** The bot's own memory of each guild: enough to name a difference near the end. */
const rememberedEvents = 20
const steadyShare = 1.1

const collect = globalThis.gc
if (!collect) throw new Error('run with --expose-gc')

interface GuildChain {
  count: number
  head: string
  /** The last events, with the chain before them. */
  since: { count: number; head: string }
  events: { event: string; payloadHash: string }[]
}

function readDispatch(data: Buffer): { name: string; payload: unknown } | null {
  const frame: unknown = JSON.parse(data.toString('utf8'))
  if (typeof frame !== 'object' || frame === null || !('t' in frame) || !('d' in frame)) return null
  return typeof frame.t === 'string' ? { name: frame.t, payload: frame.d } : null
}

function guildOf(payload: unknown): string | null {
  if (typeof payload !== 'object' || payload === null || !('guild_id' in payload)) return null
  return typeof payload.guild_id === 'string' ? payload.guild_id : null
}

/** A bot's session on one shard: applies each event by extending the guild's chain. */
class ChainingShard {
  received = 0
  guilds = 0
  readonly #socket: WebSocket
  readonly #chains: Map<string, GuildChain>

  constructor(url: string, token: string, shardId: number, chains: Map<string, GuildChain>) {
    this.#chains = chains
    this.#socket = new WebSocket(`${url}/?v=10&encoding=json`)
    this.#socket.on('open', () => {
      const properties = { os: 'linux', browser: 'bench', device: 'bench' }
      const shard = [shardId, shardCount]
      this.#socket.send(JSON.stringify({ op: 2, d: { token, intents: everyIntent, shard, properties } }))
    })
    this.#socket.on('message', (data: Buffer) => this.#take(data))
  }

  #take(data: Buffer): void {
    const dispatch = readDispatch(data)
    if (!dispatch) return
    const { name, payload } = dispatch
    this.received += 1
    if (name === 'GUILD_CREATE') this.guilds += 1
    const guildId = guildOf(payload)
    if (guildId !== null && isChainedEvent(name)) this.#apply(guildId, name, payloadHash(payload))
  }

  #apply(guildId: string, event: string, hash: string): void {
    const start = chainStart(guildId)
    const fresh = { count: 0, head: start, since: { count: 0, head: start }, events: [] }
    const chain = this.#chains.get(guildId) ?? fresh
    this.#chains.set(guildId, chain)
    chain.head = extendChain(chain.head, event, hash)
    chain.count += 1
    chain.events.push({ event, payloadHash: hash })
    if (chain.events.length <= rememberedEvents) return
    const oldest = chain.events.shift()
    if (!oldest) return
    chain.since = {
      count: chain.since.count + 1,
      head: extendChain(chain.since.head, oldest.event, oldest.payloadHash),
    }
  }

  heartbeat(): void {
    this.#socket.send('{"op":1,"d":null}')
  }

  close(): void {
    this.#socket.close(1000)
  }
}

const turn = () => new Promise((done) => setImmediate(done))

/** Lets the sockets pass on everything that the simulator has sent. */
async function drain(sim: DiscordSim, shards: readonly ChainingShard[]): Promise<void> {
  const { dispatched } = (await sim.control.report({})).gateway
  while (shards.reduce((sum, shard) => sum + shard.received, 0) < dispatched) await turn()
}

function memory(): { heapMb: number; rssMb: number } {
  collect?.()
  collect?.()
  const { heapUsed, external, rss } = process.memoryUsage()
  return { heapMb: Math.round((heapUsed + external) / 1e6), rssMb: Math.round(rss / 1e6) }
}

function claim(guildId: string, chain: GuildChain, events = chain.events): BotGuildReport {
  const { since } = chain
  const head = events.reduce(
    (before, next) => extendChain(before, next.event, next.payloadHash),
    since.head || chainStart(guildId),
  )
  return { count: since.count + events.length, head, events, since }
}

const clock = new VirtualClock()
const sim = await startDiscordSim({
  clock,
  guilds: 30,
  shards: shardCount,
  probeEveryMs: 0,
  identify: { perKeyMs: 0 },
})
const { token } = await sim.control.app()
const chains = new Map<string, GuildChain>()
const shards: ChainingShard[] = []
for (let shardId = 0; shardId < shardCount; shardId++)
  shards.push(new ChainingShard(sim.urls.gateway, token, shardId, chains))
while (shards.reduce((sum, shard) => sum + shard.guilds, 0) < 30) await turn()

await sim.control.startLoad({ rate, seed: 'endurance' })
console.log(`${rate} events/s for ${minutes} min of simulated time: ${rate * minutes * 60} events`)
const startedAt = performance.now()
const samples: number[] = []
let lastBeat = clock.now()
for (let step = 1; step <= (minutes * 60_000) / stepMs; step++) {
  clock.advance(stepMs)
  if (step % 8 === 0) await drain(sim, shards)
  if (clock.now() - lastBeat >= heartbeatMs - 2_000) {
    for (const shard of shards) shard.heartbeat()
    lastBeat = clock.now()
    await turn()
  }
  if ((step * stepMs) % 300_000 !== 0) continue
  await drain(sim, shards)
  const { heapMb, rssMb } = memory()
  samples.push(heapMb)
  const { produced } = await sim.control.loadStatus()
  console.log(`${(step * stepMs) / 60_000} min: ${produced} events, heap ${heapMb} MB, RSS ${rssMb} MB`)
}
await sim.control.stopLoad()
await drain(sim, shards)
const seconds = Math.round((performance.now() - startedAt) / 1_000)

const all = Object.fromEntries([...chains].map(([guildId, chain]) => [guildId, claim(guildId, chain)]))
const report = await sim.control.report({ guilds: all, lateAfterMs: 1e12 })
console.log(`${report.sent} sent, ${report.applied} applied, clean: ${report.clean} (took ${seconds} s)`)
const [busiest] = [...chains].toSorted(([, left], [, right]) => right.count - left.count)
if (!busiest) throw new Error('nothing was sent')
const [guildId, chain] = busiest
const { events } = chain
const mutants = {
  lost: events.toSpliced(10, 1),
  doubled: events.toSpliced(10, 0, ...events.slice(10, 11)),
  swapped: events.toSpliced(10, 2, ...events.slice(10, 12).toReversed()),
}
let missed = report.clean ? 0 : 1
for (const [name, changed] of Object.entries(mutants)) {
  const guilds = { ...all, [guildId]: claim(guildId, chain, changed) }
  const verdict = await sim.control.report({ guilds, lateAfterMs: 1e12 })
  const { missing, duplicated, outOfOrder } = verdict
  const place = verdict.differing[0]?.firstDifference?.index
  console.log(
    `${name}: missing ${missing}, duplicated ${duplicated}, out of order ${outOfOrder}, at ${place}`,
  )
  if (verdict.clean || missing + duplicated + outOfOrder !== 1) missed += 1
}
for (const shard of shards) shard.close()
await sim.stop()

const [settled = 0] = samples.slice(Math.floor(samples.length / 3))
const last = samples.at(-1) ?? 0
const isLevel = last <= settled * steadyShare
console.log(`level: ${isLevel} (${settled} MB after a third, ${last} MB at the end)`)
if (!isLevel || missed > 0) process.exitCode = 1

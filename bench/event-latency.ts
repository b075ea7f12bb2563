import { type BenchContext, type BenchResult } from './bench-context.ts'
import { type BenchMesh, type GuildPlace, startBenchMesh } from './bench-mesh.ts'
import { measureVisible, type VisibleTimes } from './visible-probe.ts'
import { coresBetween } from './process-usage.ts'
import { type Spread, spreadBetween } from './scrape.ts'
import { makeTraffic, warmUp } from './traffic.ts'

const rate = 1000
const targetP50Ms = 3

interface Window {
  readonly name: string
  readonly lag: Spread
  readonly roundTrip: Spread
  readonly visible: VisibleTimes
  readonly simulatorBehindMs: number
}

/** Event → committed at 1,000/s: 100 busy guilds, 3 shards, 3 gateways. */
export async function benchLatency(context: BenchContext): Promise<BenchResult> {
  await using bench = await startBenchMesh(context, { gateways: 3, guilds: 110, shards: 3 })
  const places = await bench.places()
  const local = places.filter(isLocal)
  const relayed = places.filter((place) => !isLocal(place))
  // One quiet guild of each kind, for the probe alone.
  const quiet = { local: local.pop(), relayed: relayed.pop() }
  if (!quiet.local || !quiet.relayed) throw new Error('no guild is local, or none is relayed')
  const mixed = [...local, ...relayed].toSorted((a, b) => (a.guildId < b.guildId ? -1 : 1)).slice(0, 100)

  await warmUp(bench.sim, context, { rate, seconds: 10, guildIds: ids(mixed) }, () => bench.settle())
  const before = { cpu: bench.cpu(), atMs: performance.now() }
  const windows = [await measure(bench, context, 'all', 30, mixed, [quiet.local, quiet.relayed])]
  const cores = coresBetween(before.cpu, bench.cpu(), (performance.now() - before.atMs) / 1000)
  windows.push(await measure(bench, context, 'owner is the holder', 12, local, [quiet.local]))
  windows.push(await measure(bench, context, 'relayed', 12, relayed, [quiet.relayed]))

  const all = windows[0]
  const p50 = (all?.lag.p50 ?? 0) * 1000
  return {
    tables: [
      {
        title: `Event → committed at ${rate} events/s, ms (target: p50 ≤ ${targetP50Ms}; ${p50 <= targetP50Ms ? 'met' : 'missed'})`,
        columns: [
          'events of',
          'count',
          'p50',
          'p95',
          'p99',
          'mean',
          'p50 with the answer',
          'p50 seen in the file',
          'p95 seen in the file',
        ],
        rows: windows.map(({ name, lag, roundTrip, visible }) => [
          name,
          String(lag.count),
          ms(lag.p50),
          ms(lag.p95),
          ms(lag.p99),
          ms(lag.mean),
          ms(roundTrip.p50),
          `${visible.p50Ms.toFixed(1)} (n=${visible.count})`,
          visible.p95Ms.toFixed(1),
        ]),
      },
      {
        title: 'Cores used meanwhile (all guilds)',
        columns: [...cores.keys()],
        rows: [[...cores.values()].map((value) => value.toFixed(2))],
      },
    ],
    notes: [
      `${local.length} guilds have their owner at the holder of their shard, ${relayed.length} elsewhere.`,
      'The percentiles are of `event_lag_seconds`: from receipt at the holder to the commit at the owner, without the way between two gateways. "With the answer" is `event_commit_seconds`: until the holder knows of the commit, both ways in it. "Seen in the file" trusts neither: from the time stamp that the simulator gave a message to its row being readable in the owner\'s SQLite file, in whole ms.',
      'The simulator makes events in bursts, one every 10 ms: ten at a time at this rate.',
    ],
    figures: {
      rate,
      p50Ms: p50,
      targetP50Ms,
      unit: 'seconds; visible in ms',
      windows,
      cores: Object.fromEntries(cores),
      localGuilds: local.length,
      relayedGuilds: relayed.length,
    },
  }
}

async function measure(
  bench: BenchMesh,
  context: BenchContext,
  name: string,
  seconds: number,
  guilds: readonly GuildPlace[],
  quiet: readonly GuildPlace[],
): Promise<Window> {
  context.say(`measuring ${seconds} s: ${name}`)
  const before = await bench.scrape()
  const probing = new AbortController()
  const probe = measureVisible(bench, quiet, AbortSignal.any([probing.signal, context.signal]))
  const status = await makeTraffic(bench.sim, context, { rate, seconds, guildIds: ids(guilds) })
  probing.abort()
  const visible = await probe
  const after = await bench.settle()
  return {
    name,
    lag: spreadBetween(before, after, 'guildmesh_event_lag_seconds'),
    roundTrip: spreadBetween(before, after, 'guildmesh_event_commit_seconds'),
    visible,
    simulatorBehindMs: status.maxBehindMs,
  }
}

function ids(places: readonly GuildPlace[]): string[] {
  return places.map(({ guildId }) => guildId)
}

function ms(seconds: number): string {
  return (seconds * 1000).toFixed(2)
}

function isLocal({ owner, holder }: GuildPlace): boolean {
  return owner === holder
}

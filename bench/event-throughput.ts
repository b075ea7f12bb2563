import { availableParallelism } from 'node:os'
import { type BenchContext, type BenchResult, pause } from './bench-context.ts'
import { type BenchMesh, startBenchMesh } from './bench-mesh.ts'
import { coresBetween } from './process-usage.ts'
import { spreadBetween } from './scrape.ts'
import { makeTraffic, warmUp } from './traffic.ts'

const guilds = 100
const stepSeconds = 7
/** A rate counts as sustained if, in the last second of a step, less than this part of it is uncommitted. */
const keptUpSeconds = 0.25
const firstRate = 4000
const growth = 1.4
/** The simulator's own maximum. */
const mostRate = 40_000
/** Halvings of the last interval once a rate was too high. */
const refinements = 2

interface Step {
  readonly rate: number
  readonly sustained: boolean
  /** Events made and not yet committed in the last second of the traffic. */
  readonly backlog: number
  /** How much the simulator itself fell short of the rate in that second; it catches up after an earlier stall. */
  readonly simulatorBehindMs: number
  readonly lagP99Ms: number
  readonly cores: ReadonlyMap<string, number>
}

/** The highest rate that leaves no backlog: of one gateway, and of three. */
export async function benchThroughput(context: BenchContext): Promise<BenchResult> {
  const one = await climb(context, { gateways: 1, guilds, shards: 1 })
  const three = await climb(context, { gateways: 3, guilds, shards: 3 })
  const runs = [
    { name: 'one gateway', ...one },
    { name: 'three gateways', ...three },
  ]
  return {
    tables: [
      {
        title: 'Highest sustained rate',
        columns: ['mesh', 'events/s', 'lag p99 ms', 'what held it back', 'cores used at that rate'],
        rows: runs.map(({ name, best, failed }) => [
          name,
          String(best?.rate ?? `below ${firstRate}`),
          best?.lagP99Ms.toFixed(1) ?? '',
          failed ? bottleneck(failed) : `nothing up to ${mostRate}/s`,
          best ? coresText(best.cores) : '',
        ]),
      },
      {
        title: 'The steps',
        columns: ['mesh', 'events/s', 'sustained', 'backlog', 'simulator behind ms', 'lag p99 ms', 'cores'],
        rows: runs.flatMap(({ name, steps }) =>
          steps.map((step) => [
            name,
            String(step.rate),
            step.sustained ? 'yes' : 'no',
            String(step.backlog),
            String(Math.round(step.simulatorBehindMs)),
            step.lagP99Ms.toFixed(1),
            coresText(step.cores),
          ]),
        ),
      },
    ],
    notes: [
      `Each step: ${stepSeconds} s of traffic over ${guilds} guilds. Sustained: in its last second no more than ${keptUpSeconds} s of it was uncommitted, and the simulator was no further behind its rate.`,
      'Simulator, PostgreSQL, config API and gateways share the cores of this machine: three gateways are not three machines here.',
    ],
    figures: {
      runs: runs.map(({ name, best, steps }) => ({
        name,
        sustainedEventsPerSecond: best?.rate ?? null,
        steps: steps.map((step) => ({ ...step, cores: Object.fromEntries(step.cores) })),
      })),
    },
  }
}

interface Climb {
  readonly best: Step | undefined
  readonly failed: Step | undefined
  readonly steps: readonly Step[]
}

async function climb(
  context: BenchContext,
  size: { readonly gateways: number; readonly guilds: number; readonly shards: number },
): Promise<Climb> {
  await using bench = await startBenchMesh(context, size)
  await warmUp(bench.sim, context, { rate: firstRate / 2, seconds: 6 }, () => bench.settle())
  const steps: Step[] = []
  let best: Step | undefined
  let failed: Step | undefined
  let rate = firstRate
  for (let halvings = 0; halvings <= refinements && rate <= mostRate;) {
    const step = await measureStep(context, bench, rate)
    steps.push(step)
    if (step.sustained) best = step
    else failed = step
    if (failed) halvings += 1
    const next = failed ? ((best?.rate ?? firstRate / 2) + failed.rate) / 2 : rate * growth
    rate = Math.round(next / 50) * 50
  }
  return { best, failed, steps }
}

async function measureStep(context: BenchContext, bench: BenchMesh, rate: number): Promise<Step> {
  const before = { scrape: await bench.scrape(), cpu: bench.cpu(), atMs: performance.now() }
  const applied = 'guildmesh_events_applied_total'
  const earlier = before.scrape.total(applied)
  let backlog = 0
  let simulatorBehindMs = 0
  await makeTraffic(bench.sim, context, { rate, seconds: stepSeconds }, async (now) => {
    // Read while traffic runs: what is committed after the last event must not count.
    if (!now.running) return
    simulatorBehindMs = now.behindMs
    backlog = Math.max(0, now.produced - ((await bench.scrape()).total(applied) - earlier))
  })
  const seconds = (performance.now() - before.atMs) / 1000
  const cores = coresBetween(before.cpu, bench.cpu(), seconds)
  const after = await bench.settle(60_000)
  const lag = spreadBetween(before.scrape, after, 'guildmesh_event_lag_seconds')
  const isOnTime = simulatorBehindMs <= keptUpSeconds * 1000
  const sustained = backlog <= rate * keptUpSeconds && isOnTime
  context.say(
    `${rate} events/s: ${sustained ? 'sustained' : 'too much'}, ${backlog} left, simulator ${Math.round(simulatorBehindMs)} ms behind, ${coresText(cores)}`,
  )
  await pause(500, context)
  return { rate, sustained, backlog, simulatorBehindMs, lagP99Ms: lag.p99 * 1000, cores }
}

/** The most likely reason why a rate was too high, judged by what each process spent on it. */
function bottleneck({ cores, simulatorBehindMs }: Step): string {
  const total = [...cores.values()].reduce((sum, value) => sum + value, 0)
  const [busiest = ['', 0]] = [...cores].toSorted(([, a], [, b]) => b - a)
  const reasons = [
    ...(busiest[1] >= 0.85 ? [`${busiest[0]} at ${busiest[1].toFixed(2)} cores`] : []),
    ...(total >= availableParallelism() * 0.85 ? [`all ${availableParallelism()} cores of the machine`] : []),
    ...(simulatorBehindMs > keptUpSeconds * 1000 ? ['the simulator fell behind'] : []),
  ]
  return reasons.length > 0 ? reasons.join('; ') : `unclear (busiest: ${busiest[0]})`
}

function coresText(cores: ReadonlyMap<string, number>): string {
  return [...cores]
    .filter(([, value]) => value >= 0.02)
    .map(([name, value]) => `${name} ${value.toFixed(2)}`)
    .join(', ')
}

import { type BenchContext, type BenchResult, pause } from './bench-context.ts'
import { startBenchMesh } from './bench-mesh.ts'
import { residentBytes } from './process-usage.ts'
import { makeTraffic } from './traffic.ts'

const sizes = [0, 1000, 10_000]
/** Discord allows 2,500 on one shard; ids fall on shards by chance. */
const guildsPerShard = 2000
const traffic = { rate: 200, seconds: 15 }
const targetKb = 150

interface MemoryFigure {
  readonly guilds: number
  readonly shards: number
  readonly knownAfterMs: number
  /** As the process runs. */
  readonly runningBytes: number
  /** After V8 has freed what nothing refers to. */
  readonly collectedBytes: number
}

/** Resident memory of one gateway that owns and holds 0, 1,000 and 10,000 guilds. */
export async function benchMemory(context: BenchContext): Promise<BenchResult> {
  const figures: MemoryFigure[] = []
  for (const guilds of sizes) figures.push(await measure(context, guilds))
  const [base] = figures
  const perGuild = ({ guilds, runningBytes, collectedBytes }: MemoryFigure) => ({
    runningKb: (runningBytes - (base?.runningBytes ?? 0)) / guilds / 1000,
    collectedKb: (collectedBytes - (base?.collectedBytes ?? 0)) / guilds / 1000,
  })
  return {
    tables: [
      {
        title: `Resident memory of one gateway (target: ≤ ${targetKb} KB a guild over base)`,
        columns: [
          'guilds',
          'shards',
          'known after s',
          'RSS MB',
          'KB a guild',
          'RSS MB, collected',
          'KB a guild, collected',
        ],
        rows: figures.map((figure) => {
          const { runningKb, collectedKb } = perGuild(figure)
          const isBase = figure.guilds === 0
          return [
            isBase ? '0 (base)' : figure.guilds.toLocaleString('en'),
            String(figure.shards),
            isBase ? '' : (figure.knownAfterMs / 1000).toFixed(1),
            (figure.runningBytes / 1e6).toFixed(0),
            isBase ? '' : runningKb.toFixed(1),
            (figure.collectedBytes / 1e6).toFixed(0),
            isBase ? '' : collectedKb.toFixed(1),
          ]
        }),
      },
    ],
    notes: [
      'A guild of the simulator: 24 members, 8 channels in 3 categories, some with overwrites, 5 roles. As from Discord, its GUILD_CREATE carries channels, roles and the member that the bot is.',
      `Measured after every guild was known, owned and applied, and ${traffic.seconds} s of ${traffic.rate} events/s over all of them. "Collected": after a full garbage collection, asked for over the inspector, on which the base has listened too.`,
      'MB and KB are 10^6 and 10^3 bytes.',
    ],
    figures: {
      targetKbPerGuild: targetKb,
      sizes: figures.map((figure) => ({ figure, perGuild: figure.guilds === 0 ? null : perGuild(figure) })),
    },
  }
}

async function measure(context: BenchContext, guilds: number): Promise<MemoryFigure> {
  const shards = Math.max(1, Math.ceil(guilds / guildsPerShard))
  await using bench = await startBenchMesh(context, { gateways: 1, guilds, shards, inspectable: true })
  if (guilds > 0) {
    await makeTraffic(bench.sim, context, traffic)
    await bench.settle()
  }
  await pause(5000, context)
  const pid = bench.mesh.process('gateway-0').pid ?? 0
  const runningBytes = residentBytes(pid)
  using inspector = await bench.inspectorOf('gateway-0')
  await inspector.collectGarbage()
  await pause(2000, context)
  const collectedBytes = residentBytes(pid)
  context.say(
    `${guilds} guilds: ${(runningBytes / 1e6).toFixed(0)} MB, collected ${(collectedBytes / 1e6).toFixed(0)} MB`,
  )
  return { guilds, shards, knownAfterMs: bench.knownAfterMs, runningBytes, collectedBytes }
}

import type { LoadStatus, SimClient } from '@guildmesh/discord-sim'
import { type BenchContext, pause, untilTrue } from './bench-context.ts'

/** Simulated people at a rate, for some time, in some guilds (default: all). */
export interface Traffic {
  readonly rate: number
  readonly seconds: number
  readonly guildIds?: readonly string[] | undefined
}

/** Lets people talk; resolves with what they did, after the last event. */
export async function makeTraffic(
  sim: SimClient,
  context: BenchContext,
  { rate, seconds, guildIds }: Traffic,
  onSecond: (status: LoadStatus) => Promise<void> = async () => {},
): Promise<LoadStatus> {
  await sim.startLoad({
    rate,
    total: Math.round(rate * seconds),
    seed: 'bench',
    ...(guildIds ? { guildIds: [...guildIds] } : {}),
  })
  let nextSecondMs = performance.now()
  try {
    return await untilTrue(
      'the traffic to end',
      context,
      { everyMs: 100, timeoutMs: seconds * 3000 + 10_000 },
      async () => {
        const status = await sim.loadStatus()
        if (performance.now() >= nextSecondMs) {
          nextSecondMs += 1000
          await onSecond(status)
        }
        return status.running ? null : status
      },
    )
  } finally {
    if (!context.signal.aborted) await sim.stopLoad()
  }
}

/** Traffic for warming up: compiled code, caches, files of their final size. */
export async function warmUp(
  sim: SimClient,
  context: BenchContext,
  traffic: Traffic,
  settle: () => Promise<unknown>,
): Promise<void> {
  context.say(`warming up: ${traffic.rate} events/s for ${traffic.seconds} s`)
  await makeTraffic(sim, context, traffic)
  await settle()
  await pause(500, context)
}

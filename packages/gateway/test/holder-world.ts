import { type DiscordSim, startDiscordSim } from '@guildmesh/discord-sim'
import { ChainOwner } from './chain-owner.ts'
import { eventually } from './eventually.ts'
import { holderId, SoleLeases, startSoleHolder } from './sole-holder.ts'

export const guilds = 9
/** A simulated Discord, and an owner and leases that outlive the holders that are started. */
export async function startWorld(options: Parameters<typeof startDiscordSim>[0] = {}) {
  const parts = new AsyncDisposableStack()
  const sim = parts.use(
    await startDiscordSim({
      guilds,
      identify: { maxConcurrency: 16, perKeyMs: 10 },
      probeEveryMs: 0,
      ...options,
    }),
  )
  const owner = new ChainOwner(holderId)
  const leases = new SoleLeases(3)
  return {
    sim,
    owner,
    leases,
    start: async (overrides?: Parameters<typeof startSoleHolder>[3]) =>
      parts.use(await startSoleHolder(sim, leases, owner, overrides)),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

export const sessionsUp = (sim: DiscordSim, count = 3) =>
  eventually(
    () => sim.control.sessions(),
    (sessions) =>
      sessions.filter(({ connected, pendingGuilds }) => connected && pendingGuilds === 0).length === count,
  )

/** By the oracle's hash chains: everything that Discord sent was applied, once each and in order. */
export const clean = { missing: 0, duplicated: 0, outOfOrder: 0, foreign: 0, differing: [] }

/** What the oracle says once as many events were applied as were sent. */
export async function verdict(sim: DiscordSim, owner: ChainOwner) {
  const sent = async () => (await sim.control.report({})).sent
  await eventually(
    async () => [await sent(), owner.count] as const,
    ([there, here]) => there === here && there > 0,
  )
  return sim.control.report({ guilds: owner.report, lateAfterMs: 600_000 })
}

import type { DiscordSim } from '../src/index.ts'
import type { RawGateway } from './raw-gateway.ts'

export interface SeenDispatch {
  name: string | null
  d: Record<string, unknown>
}

/** What the gateway dispatches while `act` runs, between two markers of its own. */
export async function dispatchesDuring(
  sim: DiscordSim,
  gateway: RawGateway,
  act: () => unknown,
): Promise<SeenDispatch[]> {
  const from = await mark(sim, gateway)
  await act()
  const to = await mark(sim, gateway)
  return gateway
    .dispatches()
    .filter((frame) => (frame.s ?? 0) > from && (frame.s ?? 0) < to)
    .map((frame) => ({ name: frame.t, d: frame.d as Record<string, unknown> }))
}

/** Sends an event that every session of shard 0 hears, and answers its seq once it is here. */
async function mark(sim: DiscordSim, gateway: RawGateway): Promise<number> {
  const id = sim.world.ids.next()
  sim.world.bus.emit('USER_UPDATE', null, { ...sim.world.user(sim.world.app.botId), username: id })
  const { s } = await gateway.frame(
    (frame) => frame.t === 'USER_UPDATE' && JSON.stringify(frame.d).includes(id),
  )
  return s ?? 0
}

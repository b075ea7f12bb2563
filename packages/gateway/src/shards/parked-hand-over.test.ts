import { type Call, type GatewayId, gatewayIdOf, MeshError } from '@guildmesh/contracts'
import { expect, test } from 'vitest'
import { systemClock } from '@guildmesh/runtime'
import { eventually } from '../../test/eventually.ts'
import { clean, sessionsUp, startWorld, verdict } from '../../test/holder-world.ts'
import type { SoleLeases } from '../../test/sole-holder.ts'
import { temporaryVolume } from '../../test/temporary-volume.ts'
import { ParkingSpace } from '../delivery/parking-space.ts'
import { parkedPages } from '../delivery/parked-pages.ts'
import type { ShardParking } from './held-shard.ts'
import type { ShardHolder } from './shard-holder.ts'

/** What the stored seqs of all shards have passed, of the current sessions. */
const storedSeqs = (leases: SoleLeases) =>
  [...leases.sessions.values()].reduce((sum, one) => sum + (one?.seq ?? 0), 0)

/** An owner that takes nothing for now; what does not fit into the window of 50 events goes to the disk. */
async function parkEverything(world: Awaited<ReturnType<typeof startWorld>>, volume: ShardParking['volume']) {
  const { sim, owner, leases } = world
  const first = await world.start({ memoryLimit: { events: 50, size: 1e9 }, volume })
  await sessionsUp(sim)
  await sim.control.burst({ count: 100 })
  await verdict(sim, owner)
  let isAway = true
  owner.before = () => {
    if (isAway) throw new Error('the owner is away')
  }
  const before = storedSeqs(leases)
  await sim.control.burst({ count: 900 })
  await eventually(() => storedSeqs(leases) >= before + 700)
  return {
    first,
    comeBack: () => {
      isAway = false
    },
  }
}

test('parked events outlive the holder: its successor on the same volume delivers them before anything newer (I3)', async () => {
  await using world = await startWorld({ replay: { trimOnHeartbeat: true } })
  const { sim, owner, leases } = world
  using temporary = temporaryVolume()
  const { first, comeBack } = await parkEverything(world, temporary.volume)
  await first.crash()
  await world.start({ volume: temporary.volume })
  await sessionsUp(sim)
  await sim.control.burst({ count: 200 })
  comeBack()
  expect(await verdict(sim, owner)).toMatchObject(clean)
  expect((await sim.control.report({})).gateway.identifies).toBe(3)
  await eventually(() => leases.parked.size === 0)
  expect(temporary.volume.parked.size).toBe(0)
})

test.each(['crashes', 'hands over'])(
  'parked events travel with the lease: when a holder %s, the next one fetches them from its disk first (I3)',
  async (how) => {
    await using world = await startWorld({ replay: { trimOnHeartbeat: true } })
    const { sim, owner, leases } = world
    using temporary = temporaryVolume()
    const { first, comeBack } = await parkEverything(world, temporary.volume)
    const handedOver = how === 'hands over' ? first.holder.drain() : first.crash()
    if (how === 'crashes') await handedOver
    const space = new ParkingSpace(temporary.volume.parked, 1e9)
    const next = gatewayIdOf(1)
    const asked = new Array<GatewayId>()
    let isReachable = false
    const { holder: nextHolder } = await world.start({
      self: { gatewayId: next, incarnation: () => ({ registration: 1, restart: 0 }) },
      keepers: {
        page: async (keeper, claim, after) => {
          asked.push(keeper)
          if (!isReachable) throw new MeshError({ kind: 'Unavailable', service: keeper, retryAfterMs: 1 })
          return pages(first.holder).parked({ ...claim, holder, after }, call)
        },
        forget: (_keeper, claim) => pages(first.holder).forgetParked({ ...claim, holder }, call),
      },
    })
    const holder = { gatewayId: next, incarnation: { registration: 1, restart: 0 } }
    const call: Call = {
      caller: { kind: 'service', name: next, role: 'gateway', gatewayId: next },
      signal: AbortSignal.timeout(60_000),
      remainingMs: () => null,
      traceparent: null,
    }
    const pages = (keeper: ShardHolder) =>
      parkedPages({
        disk: temporary.volume.parked,
        space,
        yieldTo: (claim) => keeper.yieldTo(claim),
        clock: systemClock,
      })
    // The sockets of the holder that goes may still be there for a moment, and must not deliver what is parked.
    await eventually(() => nextHolder.views.length === 3)
    await sessionsUp(sim)
    comeBack()
    await sim.control.burst({ count: 200 })
    await eventually(() => asked.length >= 6)
    // Nothing overtakes what lies at a keeper that cannot be reached.
    const report = await sim.control.report({ guilds: owner.report })
    expect(report).toMatchObject({ duplicated: 0, outOfOrder: 0, foreign: 0 })
    isReachable = true
    expect(await verdict(sim, owner)).toMatchObject(clean)
    expect((await sim.control.report({})).gateway.identifies).toBe(3)
    await eventually(
      () => ({ marks: leases.parked.size, onDisk: temporary.volume.parked.size }),
      ({ marks, onDisk }) => marks === 0 && onDisk === 0,
    )
    expect(space.used).toBe(0)
    await handedOver
  },
)

test('a keeper gives its parked events only to a later lease than its own, and drops what it still holds by the older one', async () => {
  await using world = await startWorld()
  const { sim } = world
  const { holder } = await world.start()
  await sessionsUp(sim)
  const held = () => holder.views.map(({ shardId }) => shardId)
  expect(() => holder.yieldTo({ shardId: 1, shardEpoch: 1 })).toThrow(/epoch/i)
  expect(held()).toEqual([0, 1, 2])
  holder.yieldTo({ shardId: 1, shardEpoch: 100 })
  expect(held()).toEqual([0, 2])
})

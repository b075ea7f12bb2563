import {
  type DeliverInput,
  type DeliverReply,
  type GatewayId,
  gatewayIdOf,
  GuildId,
  MeshError,
  type ParkedLane,
} from '@guildmesh/contracts'
import { chainStart } from '@guildmesh/discord-sim'
import type { ParkedEvents } from '@guildmesh/guild-store'
import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '@guildmesh/runtime'
import { ChainOwner } from '../../test/chain-owner.ts'
import { eventually } from '../../test/eventually.ts'
import { temporaryVolume } from '../../test/temporary-volume.ts'
import { parkAfterMs } from './choose-to-park.ts'
import { deliveryMetrics } from './delivery-metrics.ts'
import type { Route } from './judge-reply.ts'
import { ParkedMarks } from './parked-marks.ts'
import { ParkingSpace } from './parking.ts'
import { ShardDelivery } from './shard-delivery.ts'

const [a, b] = [gatewayIdOf(0), gatewayIdOf(1)]
const guild = (n: number) => GuildId.parse(`1000000000000000${10 + n}`)
const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const incarnation = { registration: 1, restart: 0 }
const at = (seq: number) => ({ generation: 1, seq })

/** A shard's delivery to two owners, with routes that the test sets. */
function setUp({
  parkingLimit = 1e9,
  resumedSeq = 0,
  inherited = [],
}: { parkingLimit?: number; resumedSeq?: number; inherited?: readonly ParkedLane[] } = {}) {
  const temporary = temporaryVolume()
  onTestFinished(() => temporary[Symbol.dispose]())
  const disk = temporary.volume.parked
  const space = new ParkingSpace(disk, parkingLimit)
  const marks = new ParkedMarks(a)
  /** Runs ahead of the real one, so that a test need not wait for what takes seconds. */
  let aheadMs = 0
  const owners = new Map([
    [a, new ChainOwner(a)],
    [b, new ChainOwner(b)],
  ])
  const routes = new Map<GuildId, Route>()
  const calls: { to: GatewayId; input: DeliverInput }[] = []
  const world = {
    owners,
    routes,
    calls,
    seq: resumedSeq,
    errors: new Array<string>(),
    pressure: new Array<boolean>(),
    send: async (to: GatewayId, input: DeliverInput): Promise<DeliverReply> => {
      const owner = owners.get(to)
      if (!owner) throw new MeshError({ kind: 'Unavailable', service: to, retryAfterMs: 1 })
      return owner.deliver(input)
    },
    assign: async (guildId: GuildId): Promise<void> => {
      routes.set(guildId, { gatewayId: a, epoch: 1 })
    },
    refresh: async (_guildId: GuildId): Promise<void> => {},
  }
  const metrics = { inc() {}, set() {}, observe() {} }
  const delivery = new ShardDelivery({
    shard: { shardId: 0, shardCount: 1, shardEpoch: 1, holder: { gatewayId: a, incarnation } },
    resumed: { generation: 1, seq: resumedSeq },
    window: { events: 1000, size: 1e9 },
    parking: { disk, space, marks, inherited },
    onGap: () => {},
    onCommitted: () => {},
    onPressure: (full) => void world.pressure.push(full),
    routes: {
      routeOf: (guildId) => routes.get(guildId) ?? null,
      incarnationOf: () => incarnation,
    },
    send: (to, input) => {
      calls.push({ to, input })
      return world.send(to, input)
    },
    assign: (guildId) => world.assign(guildId),
    refresh: (guildId) => world.refresh(guildId),
    learn: (guildId, route) => {
      routes.set(guildId, route)
    },
    clock: {
      now: () => systemClock.now() + aheadMs,
      monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    },
    log: { ...quiet, error: (_, message) => void world.errors.push(message) },
    metrics: deliveryMetrics({ counter: () => metrics, gauge: () => metrics, histogram: () => metrics }),
  })
  onTestFinished(() => delivery.close())
  const emit = (guildId: GuildId, count = 1) => {
    for (let n = 0; n < count; n++) {
      world.seq += 1
      const data = { guild_id: guildId, n: world.seq }
      delivery.receive({ generation: 1, seq: world.seq, type: 'MESSAGE_CREATE', data, size: 50 })
    }
  }
  const applied = (guildId: GuildId, by = a) => owners.get(by)?.report[guildId]?.count ?? 0
  const later = (ms: number) => {
    aheadMs += ms
  }
  return { ...world, world, delivery, emit, applied, disk, marks, later }
}

test('events of many guilds that come together leave in one call', async () => {
  const { delivery, emit, calls } = setUp()
  for (let n = 0; n < 20; n++) emit(guild(n), 3)
  await eventually(() => delivery.unacked === 0)
  expect(calls).toHaveLength(1)
  expect(delivery.lowWatermark).toBe(60)
})

test('an event of no guild is settled at once', () => {
  const { delivery } = setUp()
  delivery.receive({ generation: 1, seq: 1, type: 'RESUMED', data: {}, size: 10 })
  expect(delivery.lowWatermark).toBe(1)
})

test('a guild without owner gets one, and its slow assignment delays no other guild', async () => {
  const { world, delivery, emit, applied } = setUp()
  const slow = Promise.withResolvers<void>()
  const { assign } = world
  world.assign = async (guildId) => {
    if (guildId === guild(1)) await slow.promise
    return assign(guildId)
  }
  emit(guild(1), 2)
  emit(guild(2), 2)
  await eventually(
    () => applied(guild(2)),
    (count) => count === 2,
  )
  expect(applied(guild(1))).toBe(0)
  expect(delivery.lowWatermark).toBe(0)
  slow.resolve()
  await eventually(
    () => applied(guild(1)),
    (count) => count === 2,
  )
  expect(delivery.lowWatermark).toBe(4)
})

test('an assignment that fails is asked for again', async () => {
  const { world, emit, applied } = setUp()
  const { assign } = world
  let tries = 0
  world.assign = async (guildId) => {
    tries += 1
    if (tries < 3) throw new MeshError({ kind: 'NoGatewayAvailable', retryAfterMs: 1 })
    return assign(guildId)
  }
  emit(guild(1))
  await eventually(() => applied(guild(1)) === 1)
  expect(tries).toBe(3)
})

test('a gateway that cannot be reached holds up its own guilds only, and gets everything when it is back', async () => {
  const { owners, routes, delivery, emit, applied } = setUp()
  const owner = owners.get(b)
  owners.delete(b)
  routes.set(guild(1), { gatewayId: b, epoch: 1 })
  emit(guild(1), 3)
  emit(guild(2), 3)
  await eventually(() => applied(guild(2)) === 3)
  expect(delivery.lowWatermark).toBe(0)
  if (owner) owners.set(b, owner)
  await eventually(() => delivery.unacked === 0)
  expect(applied(guild(1), b)).toBe(3)
  expect(delivery.lowWatermark).toBe(6)
})

test('a call whose answer is lost is repeated, and the owner skips what it has', async () => {
  const { world, owners, delivery, emit, applied } = setUp()
  const { send } = world
  let lost = 0
  world.send = async (to, input) => {
    const reply = await send(to, input)
    if (lost < 2) {
      lost += 1
      throw new MeshError({ kind: 'Unavailable', service: to, retryAfterMs: 1 })
    }
    return reply
  }
  emit(guild(1), 4)
  await eventually(() => delivery.unacked === 0)
  expect(applied(guild(1))).toBe(4)
  expect(owners.get(a)?.skipped).toBe(8)
})

test('a guild that moved is followed by what its former owner says', async () => {
  const { owners, routes, delivery, emit, applied } = setUp()
  routes.set(guild(1), { gatewayId: a, epoch: 1 })
  const former = owners.get(a)
  if (former) former.refuse = (guildId) => ({ kind: 'GuildMoved', guildId, gatewayId: b, epoch: 2 })
  emit(guild(1), 5)
  await eventually(() => delivery.unacked === 0)
  expect(applied(guild(1), b)).toBe(5)
  expect(applied(guild(1), a)).toBe(0)
})

test('an old route is looked up anew', async () => {
  const { world, owners, routes, delivery, emit, applied } = setUp()
  routes.set(guild(1), { gatewayId: a, epoch: 1 })
  const former = owners.get(a)
  if (former) {
    former.refuse = (guildId) => ({ kind: 'NotOwner', guildId, gatewayId: a, knownEpoch: 0 })
  }
  world.refresh = async (guildId) => {
    routes.set(guildId, { gatewayId: b, epoch: 2 })
  }
  emit(guild(1), 5)
  await eventually(() => delivery.unacked === 0)
  expect(applied(guild(1), b)).toBe(5)
})

test('a lane that waits goes on when its route changes', async () => {
  const { owners, routes, delivery, emit, applied } = setUp()
  routes.set(guild(1), { gatewayId: a, epoch: 1 })
  const former = owners.get(a)
  if (former) former.refuse = (guildId) => ({ kind: 'GuildFenced', guildId, retryAfterMs: 600_000 })
  emit(guild(1), 2)
  await eventually(() => delivery.unacked === 2)
  routes.set(guild(1), { gatewayId: b, epoch: 2 })
  await eventually(() => {
    delivery.reroute(guild(1))
    return applied(guild(1), b) === 2
  })
  expect(delivery.unacked).toBe(0)
})

test('the acknowledgement of an owner that was succeeded does not count', async () => {
  const { world, delivery, emit } = setUp()
  const { send } = world
  let old = true
  world.send = async (to, input) => {
    const reply = await send(to, input)
    return old ? { ...reply, owner: { gatewayId: to, incarnation: { registration: 0, restart: 9 } } } : reply
  }
  emit(guild(1), 2)
  await eventually(
    () => world.owners.get(a)?.skipped ?? 0,
    (skipped) => skipped > 0,
  )
  expect(delivery.lowWatermark).toBe(0)
  old = false
  await eventually(() => delivery.unacked === 0)
  expect(delivery.lowWatermark).toBe(2)
})

test('an owner that lost what was durable makes a gap, which is told; the lane goes on', async () => {
  const { world, owners, delivery, emit, applied } = setUp()
  emit(guild(1), 3)
  await eventually(() => delivery.unacked === 0)
  owners.set(a, new ChainOwner(a))
  emit(guild(1), 2)
  await eventually(() => delivery.unacked === 0)
  expect(applied(guild(1))).toBe(2)
  expect(world.errors).toHaveLength(1)
  expect(owners.get(a)?.report[guild(1)]?.head).not.toBe(chainStart(guild(1)))
})

test('a full window is told once, and once more when half of it is free', async () => {
  const { world, delivery, emit } = setUp()
  const { send } = world
  const back = Promise.withResolvers<void>()
  world.send = async (to, input) => {
    await back.promise
    return send(to, input)
  }
  emit(guild(1), 1500)
  expect(world.pressure).toEqual([true])
  back.resolve()
  await eventually(() => delivery.unacked === 0)
  expect(world.pressure).toEqual([true, false])
})

/** Takes an owner away; the result brings it back. */
function absent(owners: Map<GatewayId, ChainOwner>, gatewayId: GatewayId): () => void {
  const owner = owners.get(gatewayId)
  owners.delete(gatewayId)
  return () => void (owner && owners.set(gatewayId, owner))
}

const stored = (disk: ParkedEvents) => disk.spans(0).reduce((sum, { events }) => sum + events, 0)

test('a lane whose owner is away is parked: the seq passes it, and everything goes out in order when it is back', async () => {
  const { owners, routes, delivery, emit, applied, disk, marks, later } = setUp()
  const comeBack = absent(owners, b)
  routes.set(guild(1), { gatewayId: b, epoch: 1 })
  emit(guild(1), 700)
  emit(guild(2), 5)
  await eventually(() => applied(guild(2)) === 5)
  expect(delivery.lowWatermark).toBe(0)
  later(parkAfterMs)
  await eventually(() => delivery.lowWatermark === 705)
  emit(guild(1), 50)
  await eventually(() => delivery.lowWatermark === 755)
  expect(stored(disk)).toBe(750)
  expect(marks.changes()).toEqual({
    kept: [{ guildId: guild(1), through: { generation: 1, seq: 755 }, events: 750 }],
    gone: [],
  })
  comeBack()
  await eventually(() => applied(guild(1), b) === 750)
  await eventually(() => stored(disk) === 0)
  expect(delivery.unacked).toBe(0)
  expect(marks.changes()).toEqual({ kept: [], gone: [{ guildId: guild(1), keeper: a }] })
  emit(guild(1), 3)
  await eventually(() => applied(guild(1), b) === 753)
  expect(stored(disk)).toBe(0)
})

test('fetched lanes go on by themselves after the disk failed just when they came (I3)', async () => {
  const lane = { guildId: guild(1), keeper: b, through: at(2), events: 2 }
  const { world, delivery, emit, applied, disk } = setUp({ resumedSeq: 2, inherited: [lane] })
  await world.assign(guild(1))
  emit(guild(1), 3)
  const event = { guildId: guild(1), type: 'MESSAGE_CREATE', data: {}, size: 50, receivedAt: 0 }
  disk.park(0, [
    { ...event, position: at(1), previous: null },
    { ...event, position: at(2), previous: at(1) },
  ])
  const failing = vi.spyOn(disk, 'park').mockImplementation(() => {
    throw new Error('disk full')
  })
  delivery.fetched([guild(1)])
  expect(world.errors).toHaveLength(1)
  expect(applied(guild(1))).toBe(0)
  failing.mockRestore()
  await eventually(() => applied(guild(1)) === 5)
  await eventually(() => stored(disk) === 0 && delivery.unacked === 0)
  expect(delivery.lowWatermark).toBe(5)
})

test('what does not fit into memory spills to the disk, and reading goes on (I15)', async () => {
  const { world, owners, routes, delivery, emit, applied, disk } = setUp()
  const comeBack = absent(owners, b)
  for (let n = 1; n <= 3; n++) routes.set(guild(n), { gatewayId: b, epoch: 1 })
  for (let n = 1; n <= 3; n++) emit(guild(n), 500)
  expect(world.pressure).toEqual([true])
  await eventually(() => world.pressure.at(-1) === false)
  expect(stored(disk)).toBeGreaterThanOrEqual(1000)
  emit(guild(4), 5)
  await eventually(() => applied(guild(4)) === 5)
  comeBack()
  await eventually(() => [1, 2, 3].every((n) => applied(guild(n), b) === 500))
  await eventually(() => stored(disk) === 0 && delivery.unacked === 0)
})

test('when the disk has no room either, reading stays paused and nothing is dropped (I15)', async () => {
  const { world, owners, routes, delivery, emit, applied, disk, later } = setUp({ parkingLimit: 20_000 })
  const comeBack = absent(owners, b)
  for (let n = 1; n <= 4; n++) routes.set(guild(n), { gatewayId: b, epoch: 1 })
  emit(guild(1), 900)
  later(parkAfterMs)
  await eventually(() => stored(disk) === 900)
  for (let n = 2; n <= 4; n++) emit(guild(n), 400)
  later(parkAfterMs)
  emit(guild(1), 10)
  expect(world.pressure.at(-1)).toBe(true)
  expect(delivery.unacked).toBe(1210)
  comeBack()
  await eventually(() => applied(guild(1), b) === 910)
  await eventually(() => [2, 3, 4].every((n) => applied(guild(n), b) === 400))
  await eventually(() => delivery.lowWatermark === 2110 && stored(disk) === 0)
  expect(world.pressure.at(-1)).toBe(false)
})

test('an owner that lost what was forgotten makes a gap also where the lane is parked, and the lane goes on', async () => {
  const { world, owners, routes, delivery, emit, applied, disk, later } = setUp()
  routes.set(guild(1), { gatewayId: b, epoch: 1 })
  emit(guild(1), 3)
  await eventually(() => delivery.unacked === 0)
  owners.delete(b)
  emit(guild(1), 4)
  later(parkAfterMs)
  await eventually(() => stored(disk) === 4)
  owners.set(b, new ChainOwner(b))
  await eventually(() => applied(guild(1), b) === 4)
  expect(world.errors).toHaveLength(1)
})

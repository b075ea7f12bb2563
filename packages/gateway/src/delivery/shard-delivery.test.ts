import {
  type DeliverInput,
  type DeliverReply,
  type Failure,
  type GatewayId,
  gatewayIdOf,
  GuildId,
  MeshError,
  type ParkedLane,
} from '@guildmesh/contracts'
import { chainStart } from '@guildmesh/discord-sim'
import type { ParkedEvents } from '@guildmesh/guild-store'
import { expect, onTestFinished, test, vi } from 'vitest'
import { ManualTime } from '@guildmesh/runtime/testing'
import { ChainOwner } from '../../test/chain-owner.ts'
import { temporaryVolume } from '../../test/temporary-volume.ts'
import { parkAfterMs } from './choose-to-park.ts'
import { deliveryMetrics } from './delivery-metrics.ts'
import type { LaneLoss } from './held-event.ts'
import { ParkedMarks } from './parked-marks.ts'
import { ParkingSpace } from './parking-space.ts'
import type { Route } from './routes-port.ts'
import { SessionProgress } from './session-progress.ts'
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
  const time = new ManualTime()
  const progress = new SessionProgress({ generation: 1, sessionId: 's', resumeUrl: '', seq: resumedSeq })
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
    losses: new Array<LaneLoss & { readonly guildId: GuildId }>(),
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
    progress,
    limit: { events: 1000, size: 1e9 },
    parking: { disk, space, marks, inherited },
    onLoss: (guildId, loss) => void world.losses.push({ guildId, ...loss }),
    onCheckpointChanged: () => {},
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
    clock: time,
    timers: time,
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
  const lowWatermark = () => progress.checkpoint?.seq
  /** Lets time pass until a condition holds. */
  const until = async (holds: () => boolean) => {
    for (let waitedMs = 0; waitedMs < 60_000 && !holds(); waitedMs += 5) await time.advance(5)
    expect(holds()).toBe(true)
  }
  return { ...world, world, delivery, emit, applied, disk, marks, time, lowWatermark, until }
}

test('events of many guilds that come together leave in one call', async () => {
  const { delivery, emit, calls, lowWatermark, until } = setUp()
  for (let n = 0; n < 20; n++) emit(guild(n), 3)
  await until(() => delivery.unacked === 0)
  expect(calls).toHaveLength(1)
  expect(lowWatermark()).toBe(60)
})

test('an event of no guild is settled at once', () => {
  const { delivery, lowWatermark } = setUp()
  delivery.receive({ generation: 1, seq: 1, type: 'RESUMED', data: {}, size: 10 })
  expect(lowWatermark()).toBe(1)
})

test('a guild without owner gets one, and its slow assignment delays no other guild', async () => {
  const { world, emit, applied, lowWatermark, time } = setUp()
  const slow = Promise.withResolvers<void>()
  const { assign } = world
  world.assign = async (guildId) => {
    if (guildId === guild(1)) await slow.promise
    return assign(guildId)
  }
  emit(guild(1), 2)
  emit(guild(2), 2)
  await time.advance(parkAfterMs - 1)
  expect([applied(guild(1)), applied(guild(2))]).toEqual([0, 2])
  expect(lowWatermark()).toBe(0)
  slow.resolve()
  await time.advance()
  expect(applied(guild(1))).toBe(2)
  expect(lowWatermark()).toBe(4)
})

test('an assignment that fails is asked for again, later', async () => {
  const { world, emit, applied, time, until } = setUp()
  const { assign } = world
  const askedAtMs: number[] = []
  world.assign = async (guildId) => {
    askedAtMs.push(time.monotonicMs())
    if (askedAtMs.length < 3) throw new MeshError({ kind: 'NoGatewayAvailable', retryAfterMs: 1 })
    return assign(guildId)
  }
  emit(guild(1))
  await until(() => applied(guild(1)) === 1)
  const [first = 0, second = 0, third = 0] = askedAtMs
  expect(askedAtMs).toHaveLength(3)
  expect(second).toBeGreaterThan(first)
  expect(third).toBeGreaterThan(second)
})

test('a gateway that cannot be reached holds up its own guilds only, and gets everything when it is back', async () => {
  const { owners, routes, delivery, emit, applied, calls, lowWatermark, time, until } = setUp()
  const comeBack = absent(owners, b)
  routes.set(guild(1), { gatewayId: b, epoch: 1 })
  emit(guild(1), 3)
  emit(guild(2), 3)
  await time.advance(2000)
  expect(applied(guild(2))).toBe(3)
  expect(lowWatermark()).toBe(0)
  const attempts = calls.filter(({ to }) => to === b).length
  expect(attempts).toBeGreaterThan(1)
  expect(attempts).toBeLessThan(20)
  comeBack()
  await until(() => delivery.unacked === 0)
  expect(applied(guild(1), b)).toBe(3)
  expect(lowWatermark()).toBe(6)
})

test('a call whose answer is lost is repeated, and the owner skips what it has', async () => {
  const { world, owners, delivery, emit, applied, until } = setUp()
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
  await until(() => delivery.unacked === 0)
  expect(applied(guild(1))).toBe(4)
  expect(owners.get(a)?.skipped).toBe(8)
})

test('one batch of a lane is under way at a time, also while a gateway takes several calls at once', async () => {
  const { world, owners, emit, applied, calls, time, until } = setUp()
  const { send } = world
  const answers: (() => void)[] = []
  world.send = async (to, input) => {
    await new Promise<void>((resolve) => answers.push(resolve))
    return send(to, input)
  }
  for (let round = 0; round < 3; round++) {
    emit(guild(1), 2)
    emit(guild(2 + round))
    await time.advance(100)
  }
  expect(calls).toHaveLength(3)
  expect(calls.filter(({ input }) => input.lanes.some(({ guildId }) => guildId === guild(1)))).toHaveLength(1)
  world.send = send
  for (const answer of answers) answer()
  await until(() => applied(guild(1)) === 6)
  expect(owners.get(a)?.skipped).toBe(0)
})

test('a guild that moved is followed by what its former owner says', async () => {
  const { owners, routes, delivery, emit, applied, until } = setUp()
  routes.set(guild(1), { gatewayId: a, epoch: 1 })
  refuse(owners, a, (guildId) => ({ kind: 'GuildMoved', guildId, gatewayId: b, epoch: 2 }))
  emit(guild(1), 5)
  await until(() => delivery.unacked === 0)
  expect(applied(guild(1), b)).toBe(5)
  expect(applied(guild(1), a)).toBe(0)
})

test('an old route is looked up anew', async () => {
  const { world, owners, routes, delivery, emit, applied, until } = setUp()
  routes.set(guild(1), { gatewayId: a, epoch: 1 })
  refuse(owners, a, (guildId) => ({ kind: 'NotOwner', guildId, gatewayId: a, knownEpoch: 0 }))
  world.refresh = async (guildId) => {
    routes.set(guildId, { gatewayId: b, epoch: 2 })
  }
  emit(guild(1), 5)
  await until(() => delivery.unacked === 0)
  expect(applied(guild(1), b)).toBe(5)
})

test('a lane that waits goes on when its route changes', async () => {
  const { owners, routes, delivery, emit, applied, calls, time } = setUp()
  routes.set(guild(1), { gatewayId: a, epoch: 1 })
  refuse(owners, a, (guildId) => ({ kind: 'GuildFenced', guildId, retryAfterMs: 600_000 }))
  emit(guild(1), 2)
  await time.advance(60_000)
  expect(calls).toHaveLength(1)
  routes.set(guild(1), { gatewayId: b, epoch: 2 })
  delivery.reroute(guild(1))
  await time.advance()
  expect(applied(guild(1), b)).toBe(2)
  expect(delivery.unacked).toBe(0)
})

test('a lane that is queued for a gateway which does not answer goes to another when its route changes', async () => {
  const { owners, routes, delivery, emit, applied, time } = setUp()
  owners.delete(b)
  routes.set(guild(1), { gatewayId: b, epoch: 1 })
  emit(guild(1), 2)
  await time.advance(1000)
  routes.set(guild(1), { gatewayId: a, epoch: 2 })
  delivery.reroute(null)
  await time.advance()
  expect(applied(guild(1), a)).toBe(2)
})

test('the acknowledgement of an owner that was superseded does not count', async () => {
  const { world, delivery, emit, lowWatermark, time, until } = setUp()
  const { send } = world
  let isOld = true
  world.send = async (to, input) => {
    const reply = await send(to, input)
    return isOld
      ? { ...reply, owner: { gatewayId: to, incarnation: { registration: 0, restart: 9 } } }
      : reply
  }
  emit(guild(1), 2)
  await time.advance(1000)
  expect(world.owners.get(a)?.skipped).toBeGreaterThan(0)
  expect(lowWatermark()).toBe(0)
  isOld = false
  await until(() => delivery.unacked === 0)
  expect(lowWatermark()).toBe(2)
})

test('an owner that lost what was durable makes a data loss, which is told; the lane goes on', async () => {
  const { world, owners, delivery, emit, applied, until } = setUp()
  emit(guild(1), 3)
  await until(() => delivery.unacked === 0)
  owners.set(a, new ChainOwner(a))
  emit(guild(1), 2)
  await until(() => delivery.unacked === 0)
  expect(applied(guild(1))).toBe(2)
  expect(world.losses).toEqual([{ guildId: guild(1), after: null, before: at(4) }])
  expect(owners.get(a)?.report[guild(1)]?.head).not.toBe(chainStart(guild(1)))
})

test('full memory is told once, and once more when half of it is free', async () => {
  const { world, delivery, emit, until } = setUp()
  const { send } = world
  const back = Promise.withResolvers<void>()
  world.send = async (to, input) => {
    await back.promise
    return send(to, input)
  }
  emit(guild(1), 999)
  expect(world.pressure).toEqual([])
  emit(guild(1), 501)
  expect(world.pressure).toEqual([true])
  back.resolve()
  await until(() => delivery.unacked === 0)
  expect(world.pressure).toEqual([true, false])
})

test('a lane whose owner is away is parked: the low watermark passes it, and everything goes out in order when it is back', async () => {
  const { owners, routes, delivery, emit, applied, disk, marks, time, lowWatermark, until } = setUp()
  const comeBack = absent(owners, b)
  routes.set(guild(1), { gatewayId: b, epoch: 1 })
  emit(guild(1), 700)
  emit(guild(2), 5)
  await time.advance(parkAfterMs - 1)
  expect(applied(guild(2))).toBe(5)
  expect(lowWatermark()).toBe(0)
  await until(() => lowWatermark() === 705)
  emit(guild(1), 50)
  await until(() => lowWatermark() === 755)
  expect(stored(disk)).toBe(750)
  expect(marks.changes()).toEqual({
    kept: [{ guildId: guild(1), through: at(755), events: 750 }],
    gone: [],
  })
  comeBack()
  await until(() => applied(guild(1), b) === 750)
  await until(() => stored(disk) === 0)
  expect(delivery.unacked).toBe(0)
  expect(marks.changes()).toEqual({ kept: [], gone: [{ guildId: guild(1), keeper: a }] })
  emit(guild(1), 3)
  await until(() => applied(guild(1), b) === 753)
  await time.advance(parkAfterMs)
  expect(stored(disk)).toBe(0)
})

test('nothing of a lane goes out before its earlier events have come from another gateway (I3)', async () => {
  const lane = { guildId: guild(1), keeper: b, through: at(2), events: 2 }
  const { world, delivery, emit, applied, disk, lowWatermark, time, until } = setUp({
    resumedSeq: 2,
    inherited: [lane],
  })
  await world.assign(guild(1))
  emit(guild(1), 3)
  delivery.reroute(null)
  await time.advance(10 * parkAfterMs)
  expect(world.calls).toEqual([])
  putFetched(disk)
  delivery.fetched([guild(1)])
  await until(() => applied(guild(1)) === 5)
  await until(() => stored(disk) === 0 && delivery.unacked === 0)
  expect(lowWatermark()).toBe(5)
  expect(world.losses).toEqual([])
})

test('fetched lanes go on by themselves after the disk failed just when they came (I3)', async () => {
  const lane = { guildId: guild(1), keeper: b, through: at(2), events: 2 }
  const { world, delivery, emit, applied, disk, time, lowWatermark, until } = setUp({
    resumedSeq: 2,
    inherited: [lane],
  })
  await world.assign(guild(1))
  emit(guild(1), 3)
  putFetched(disk)
  const failing = vi.spyOn(disk, 'park').mockImplementation(() => {
    throw new Error('disk full')
  })
  delivery.fetched([guild(1)])
  expect(world.errors).toHaveLength(1)
  await time.advance(60_000)
  expect(applied(guild(1))).toBe(0)
  failing.mockRestore()
  await until(() => applied(guild(1)) === 5)
  await until(() => stored(disk) === 0 && delivery.unacked === 0)
  expect(lowWatermark()).toBe(5)
})

test('what does not fit into memory spills to the disk, and reading goes on (I15)', async () => {
  const { world, owners, routes, delivery, emit, applied, disk, until } = setUp()
  const comeBack = absent(owners, b)
  for (let n = 1; n <= 3; n++) routes.set(guild(n), { gatewayId: b, epoch: 1 })
  for (let n = 1; n <= 3; n++) emit(guild(n), 500)
  expect(world.pressure).toEqual([true])
  await until(() => world.pressure.at(-1) === false)
  expect(stored(disk)).toBeGreaterThanOrEqual(1000)
  emit(guild(4), 5)
  await until(() => applied(guild(4)) === 5)
  comeBack()
  await until(() => [1, 2, 3].every((n) => applied(guild(n), b) === 500))
  await until(() => stored(disk) === 0 && delivery.unacked === 0)
})

test('when the disk has no room either, reading stays paused and nothing is dropped (I15)', async () => {
  const { world, owners, routes, delivery, emit, applied, disk, time, lowWatermark, until } = setUp({
    parkingLimit: 20_000,
  })
  const comeBack = absent(owners, b)
  for (let n = 1; n <= 4; n++) routes.set(guild(n), { gatewayId: b, epoch: 1 })
  emit(guild(1), 900)
  await until(() => stored(disk) === 900)
  for (let n = 2; n <= 4; n++) emit(guild(n), 400)
  emit(guild(1), 10)
  await time.advance(10 * parkAfterMs)
  expect(stored(disk)).toBe(900)
  expect(world.pressure).toEqual([true])
  // With copies of parked events, which are read when they are tried again.
  expect(delivery.unacked).toBeGreaterThanOrEqual(1210)
  comeBack()
  await until(() => applied(guild(1), b) === 910)
  await until(() => [2, 3, 4].every((n) => applied(guild(n), b) === 400))
  await until(() => lowWatermark() === 2110 && stored(disk) === 0)
  expect(world.pressure).toEqual([true, false])
})

test('an owner that lost what was forgotten makes a data loss also if the lane is parked, and the lane goes on', async () => {
  const { world, owners, routes, delivery, emit, applied, disk, until } = setUp()
  routes.set(guild(1), { gatewayId: b, epoch: 1 })
  emit(guild(1), 3)
  await until(() => delivery.unacked === 0)
  owners.delete(b)
  emit(guild(1), 400)
  await until(() => stored(disk) === 400)
  owners.set(b, new ChainOwner(b))
  await until(() => applied(guild(1), b) === 400)
  await until(() => stored(disk) === 0)
  expect(world.losses).toEqual([{ guildId: guild(1), after: null, before: at(4) }])
  expect(delivery.unacked).toBe(0)
})

test('new events of a parked lane are written again until the disk works, and the low watermark passes them', async () => {
  const { world, owners, routes, delivery, emit, disk, lowWatermark, time, until } = setUp()
  owners.delete(b)
  routes.set(guild(1), { gatewayId: b, epoch: 1 })
  emit(guild(1), 3)
  await until(() => lowWatermark() === 3)
  owners.set(b, new ChainOwner(b))
  refuse(owners, b, (guildId) => ({ kind: 'GuildFenced', guildId, retryAfterMs: 600_000 }))
  await time.advance(parkAfterMs)
  const failing = vi.spyOn(disk, 'park').mockImplementation(() => {
    throw new Error('disk full')
  })
  emit(guild(1), 2)
  await time.advance(500)
  expect(world.errors).toHaveLength(1)
  expect(lowWatermark()).toBe(3)
  expect(delivery.unacked).toBeGreaterThanOrEqual(2)
  failing.mockRestore()
  await until(() => lowWatermark() === 5)
  expect(stored(disk)).toBe(5)
})

test('a guild that Discord lists no longer gets the GUILD_DELETE that nobody received, in its lane', async () => {
  const { delivery, emit, calls, lowWatermark, until } = setUp()
  emit(guild(1), 2)
  delivery.left(guild(1), { generation: 2, seq: 1 })
  await until(() => delivery.unacked === 0)
  const events = calls.flatMap(({ input }) => input.lanes.flatMap((lane) => lane.events))
  expect(events.at(-1)).toMatchObject({
    position: { generation: 2, seq: 1 },
    previous: at(2),
    type: 'GUILD_DELETE',
    data: { id: guild(1) },
  })
  expect(lowWatermark()).toBe(2)
})

test('a hand-over settles what it can: delivered or on the disk, and waits no longer than it may', async () => {
  const { owners, routes, delivery, emit, disk, lowWatermark, time } = setUp()
  owners.delete(b)
  routes.set(guild(1), { gatewayId: b, epoch: 1 })
  emit(guild(1), 3)
  await time.advance(2 * parkAfterMs)
  expect(stored(disk)).toBe(3)
  emit(guild(1), 1)
  routes.set(guild(2), { gatewayId: b, epoch: 1 })
  emit(guild(2), 1)
  const patience = new AbortController()
  const settled = delivery.settle(patience.signal)
  expect(stored(disk)).toBe(4)
  expect(delivery.unacked).toBe(1)
  patience.abort()
  await settled
  expect(lowWatermark()).toBe(4)
})

/** Takes an owner away; the result brings it back. */
function absent(owners: Map<GatewayId, ChainOwner>, gatewayId: GatewayId): () => void {
  const owner = owners.get(gatewayId)
  owners.delete(gatewayId)
  return () => void (owner && owners.set(gatewayId, owner))
}

function refuse(
  owners: Map<GatewayId, ChainOwner>,
  gatewayId: GatewayId,
  failure: (guildId: GuildId) => Failure,
): void {
  const owner = owners.get(gatewayId)
  if (owner) owner.refuse = failure
}

/** Two events of guild 1, as they were copied from a keeper's disk. */
function putFetched(disk: ParkedEvents): void {
  const event = { guildId: guild(1), type: 'MESSAGE_CREATE', data: {}, size: 50, receivedAt: 0 }
  disk.park(0, [
    { ...event, position: at(1), previous: null },
    { ...event, position: at(2), previous: at(1) },
  ])
}

function stored(disk: ParkedEvents): number {
  return disk.spans(0).reduce((sum, { events }) => sum + events, 0)
}

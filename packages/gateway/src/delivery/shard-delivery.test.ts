import { MeshError } from '@guildmesh/contracts'
import { chainStart } from '@guildmesh/discord-sim'
import { expect, test } from 'vitest'
import { ChainOwner } from '../../test/chain-owner.ts'
import { a, absent, at, b, guild, refuse, startDelivery } from '../../test/delivery-world.ts'
import { parkAfterMs } from './choose-to-park.ts'

test('events of many guilds that come together leave in one call', async () => {
  const { delivery, emit, calls, lowWatermark, until } = startDelivery()
  for (let n = 0; n < 20; n++) emit(guild(n), 3)
  await until(() => delivery.unacked === 0)
  expect(calls).toHaveLength(1)
  expect(lowWatermark()).toBe(60)
})

test('an event of no guild is settled at once', () => {
  const { delivery, lowWatermark } = startDelivery()
  delivery.receive({ generation: 1, seq: 1, type: 'RESUMED', data: {}, size: 10 })
  expect(lowWatermark()).toBe(1)
})

test('a guild without owner gets one, and its slow assignment delays no other guild', async () => {
  const { world, emit, applied, lowWatermark, time } = startDelivery()
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
  const { world, emit, applied, time, until } = startDelivery()
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
  const { owners, routes, delivery, emit, applied, calls, lowWatermark, time, until } = startDelivery()
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
  const { world, owners, delivery, emit, applied, until } = startDelivery()
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
  const { world, owners, emit, applied, calls, time, until } = startDelivery()
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
  const { owners, routes, delivery, emit, applied, until } = startDelivery()
  routes.set(guild(1), { gatewayId: a, epoch: 1 })
  refuse(owners, a, (guildId) => ({ kind: 'GuildMoved', guildId, gatewayId: b, epoch: 2 }))
  emit(guild(1), 5)
  await until(() => delivery.unacked === 0)
  expect(applied(guild(1), b)).toBe(5)
  expect(applied(guild(1), a)).toBe(0)
})

test('an old route is looked up anew', async () => {
  const { world, owners, routes, delivery, emit, applied, until } = startDelivery()
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
  const { owners, routes, delivery, emit, applied, calls, time } = startDelivery()
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
  const { owners, routes, delivery, emit, applied, time } = startDelivery()
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
  const { world, delivery, emit, lowWatermark, time, until } = startDelivery()
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
  const { world, owners, delivery, emit, applied, until } = startDelivery()
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
  const { world, delivery, emit, until } = startDelivery()
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

test('a guild that Discord lists no longer gets the GUILD_DELETE that nobody received, in its lane', async () => {
  const { delivery, emit, calls, lowWatermark, until } = startDelivery()
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

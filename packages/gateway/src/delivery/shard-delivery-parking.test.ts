import type { ParkedEvents } from '@guildmesh/guild-store'
import { expect, test, vi } from 'vitest'
import { ChainOwner } from '../../test/chain-owner.ts'
import { a, absent, at, b, guild, refuse, startDelivery, stored } from '../../test/delivery-world.ts'
import { parkAfterMs } from './choose-to-park.ts'

test('a lane whose owner is away is parked: the low watermark passes it, and everything goes out in order when it is back', async () => {
  const { owners, routes, delivery, emit, applied, disk, marks, time, lowWatermark, until } = startDelivery()
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
  const { world, delivery, emit, applied, disk, lowWatermark, time, until } = startDelivery({
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
  const { world, delivery, emit, applied, disk, time, lowWatermark, until } = startDelivery({
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
  const { world, owners, routes, delivery, emit, applied, disk, until } = startDelivery()
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
  const { world, owners, routes, delivery, emit, applied, disk, time, lowWatermark, until } = startDelivery({
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
  const { world, owners, routes, delivery, emit, applied, disk, until } = startDelivery()
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
  const { world, owners, routes, delivery, emit, disk, lowWatermark, time, until } = startDelivery()
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

test('a hand-over settles what it can: delivered or on the disk, and waits no longer than it may', async () => {
  const { owners, routes, delivery, emit, disk, lowWatermark, time } = startDelivery()
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

/** Two events of guild 1, as they were copied from a keeper's disk. */
function putFetched(disk: ParkedEvents): void {
  const event = { guildId: guild(1), type: 'MESSAGE_CREATE', data: {}, size: 50, receivedAt: 0 }
  disk.park(0, [
    { ...event, position: at(1), previous: null },
    { ...event, position: at(2), previous: at(1) },
  ])
}

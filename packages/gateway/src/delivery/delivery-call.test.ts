import { gatewayIdOf, GuildId } from '@guildmesh/contracts'
import { expect, test } from 'vitest'
import { DeliveryCall } from './delivery-call.ts'
import { Lane } from './lane.ts'

const route = { gatewayId: gatewayIdOf(0), epoch: 7 }

function laneOf(n: number, events: number, size = 10): Lane {
  const lane = new Lane(GuildId.parse(String(100_000_000_000_000_000n + BigInt(n))))
  for (let seq = 1; seq <= events; seq++) {
    const position = { generation: 1, seq }
    lane.events.append({ position, type: 'X', data: n, size, receivedAtMs: 1000 })
  }
  return lane
}

const countIn = (call: DeliveryCall) => call.lanes.map(({ events }) => events.length)

test('events go out with the epoch of their route, the event before each, and their age', () => {
  const call = new DeliveryCall(1250)
  const lane = laneOf(1, 2)
  expect(call.add(lane, route)).toBe(true)
  const event = { type: 'X', data: 1, heldMs: 250 }
  expect(call.lanes).toEqual([
    {
      guildId: lane.guildId,
      epoch: 7,
      events: [
        { ...event, position: { generation: 1, seq: 1 }, previous: null },
        { ...event, position: { generation: 1, seq: 2 }, previous: { generation: 1, seq: 1 } },
      ],
    },
  ])
  expect(call.sent.get(lane.guildId)).toEqual({ lane, route })
})

test('a data loss before an event goes out with it', () => {
  const call = new DeliveryCall(1000)
  const lane = laneOf(1, 2)
  lane.events.acknowledge({ generation: 1, seq: 1 }, { generation: 1, seq: 1 })
  lane.events.rewind(null)
  call.add(lane, route)
  expect(call.lanes[0]?.events).toMatchObject([{ previous: null, loss: { after: null } }])
})

test('of one lane, and of all together, a call has no more events than it may', () => {
  const call = new DeliveryCall(1000)
  let lanes = 0
  while (!call.isFull) call.add(laneOf(++lanes, 300), route)
  expect(countIn(call)).toEqual([256, 256, 256, 256, 256, 256, 256, 256])
})

test('a call has no more lanes than it may', () => {
  const call = new DeliveryCall(1000)
  let lanes = 0
  while (!call.isFull) call.add(laneOf(++lanes, 1), route)
  expect(lanes).toBe(512)
})

test('a call is full at a size; a larger event goes alone', () => {
  const call = new DeliveryCall(1000)
  call.add(laneOf(1, 3, 400_000), route)
  expect(countIn(call)).toEqual([2])
  call.add(laneOf(2, 3, 400_000), route)
  expect(countIn(call)).toEqual([2, 1])
  expect(call.isFull).toBe(true)
  const alone = new DeliveryCall(1000)
  alone.add(laneOf(3, 2, 5_000_000), route)
  expect(countIn(alone)).toEqual([1])
  expect(alone.isFull).toBe(true)
})

test('a lane without events adds nothing', () => {
  const call = new DeliveryCall(1000)
  expect(call.add(laneOf(1, 0), route)).toBe(false)
  expect(call.lanes).toEqual([])
})

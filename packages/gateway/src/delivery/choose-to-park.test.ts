import { GuildId } from '@guildmesh/contracts'
import { expect, test } from 'vitest'
import { chooseToPark, parkAfterMs } from './choose-to-park.ts'
import { Lane } from './lane.ts'

/** A lane with so many events, all received at a moment. */
function laneOf(n: number, events: number, { receivedAtMs = 0, size = 10 } = {}): Lane {
  const lane = new Lane(GuildId.parse(`10000000000000000${n}`))
  for (let seq = 1; seq <= events; seq++) {
    const position = { generation: 1, seq }
    lane.events.append({ position, type: 'X', data: null, size, receivedAtMs })
  }
  return lane
}

const chosen = (lanes: Lane[], nowMs: number, isMemoryFull = false) =>
  chooseToPark(lanes, { nowMs, isMemoryFull }).map(({ guildId }) => Number(guildId.slice(-1)))

test('a lane is parked once it has not moved for longer than a gateway needs to restart', () => {
  const lane = laneOf(1, 3, { receivedAtMs: 1000 })
  expect(chosen([lane], 999 + parkAfterMs)).toEqual([])
  expect(chosen([lane], 1000 + parkAfterMs)).toEqual([1])
  lane.progressAtMs = 1500
  expect(chosen([lane], 1000 + parkAfterMs)).toEqual([])
  expect(chosen([lane], 1500 + parkAfterMs)).toEqual([1])
})

test('if memory is full, whatever does not move at the moment is parked', () => {
  expect(chosen([laneOf(1, 3)], 249, true)).toEqual([])
  expect(chosen([laneOf(1, 3)], 250, true)).toEqual([1])
})

test('a lane without events in memory is left alone', () => {
  expect(chosen([laneOf(1, 0), laneOf(2, 1)], parkAfterMs)).toEqual([2])
})

test('the longest queues go first, and no more than one transaction takes', () => {
  const lanes = [laneOf(1, 100), laneOf(2, 3900), laneOf(3, 1000)]
  expect(chosen(lanes, parkAfterMs)).toEqual([2])
  expect(chosen([laneOf(1, 100), laneOf(2, 3900)], parkAfterMs)).toEqual([2, 1])
  const large = { size: 9 * 1024 * 1024 }
  expect(chosen([laneOf(1, 3, large), laneOf(2, 2), laneOf(3, 1)], parkAfterMs)).toEqual([1])
})

test('a queue that is longer than one transaction takes goes alone', () => {
  expect(chosen([laneOf(1, 1), laneOf(2, 5000)], parkAfterMs)).toEqual([2])
})

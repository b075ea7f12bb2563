import { expect, test } from 'vitest'
import { EventMemory } from './event-memory.ts'
import type { HeldEvent } from './held-event.ts'

const event = (seq: number, size = 10): HeldEvent => ({
  position: { generation: 1, seq },
  previous: null,
  type: 'X',
  data: null,
  size,
  receivedAtMs: 0,
})

function setUp() {
  const settled: number[] = []
  const pressure: boolean[] = []
  const memory = new EventMemory({
    progress: { settle: ({ seq }) => void settled.push(seq) },
    limit: { events: 4, size: 100 },
    onPressure: (isFull) => void pressure.push(isFull),
    onSettled: () => {},
  })
  return { memory, settled, pressure }
}

test('it is full at a limit of events, and has room again when half of them are gone', () => {
  const { memory, pressure } = setUp()
  memory.hold([event(1), event(2), event(3)])
  expect(pressure).toEqual([])
  memory.hold([event(4)])
  expect(pressure).toEqual([true])
  memory.settle([event(1)])
  expect(memory.isFull).toBe(true)
  memory.settle([event(2)])
  expect(pressure).toEqual([true, false])
})

test('it is full at a limit of size', () => {
  const { memory, pressure } = setUp()
  memory.hold([event(1, 100)])
  expect(pressure).toEqual([true])
  memory.settle([event(1, 100)])
  expect(pressure).toEqual([true, false])
})

test('what it lets go of, and what it need not hold, is settled', () => {
  const { memory, settled } = setUp()
  memory.hold([event(1)])
  memory.skip({ generation: 1, seq: 2 })
  expect(settled).toEqual([2])
  memory.settle([event(1)])
  expect(settled).toEqual([2, 1])
  expect(memory.events).toBe(0)
})

test('whoever waits for it to be empty waits no longer than that, or than the signal says', async () => {
  const { memory } = setUp()
  const patience = new AbortController()
  await memory.untilEmpty(patience.signal)
  memory.hold([event(1), event(2)])
  const ended: string[] = []
  const waits = [
    memory.untilEmpty(patience.signal).then(() => ended.push('patient')),
    memory.untilEmpty(AbortSignal.abort()).then(() => ended.push('aborted')),
  ]
  memory.settle([event(1)])
  await waits[1]
  expect(ended).toEqual(['aborted'])
  memory.settle([event(2)])
  await waits[0]
  expect(ended).toEqual(['aborted', 'patient'])
  memory.hold([event(3)])
  const cutShort = memory.untilEmpty(patience.signal)
  patience.abort()
  await cutShort
})

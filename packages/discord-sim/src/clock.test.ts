import fc from 'fast-check'
import { expect, test } from 'vitest'
import { VirtualClock } from './clock.ts'

test('timers fire in the order of their due times, each at its own time', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1_000), { maxLength: 30 }),
      fc.array(fc.nat(300), { maxLength: 20 }),
      (delays, steps) => {
        const clock = new VirtualClock(0)
        const fired: number[] = []
        for (const delay of delays) {
          clock.after(delay, () => {
            expect(clock.now()).toBe(delay)
            fired.push(delay)
          })
        }
        for (const step of steps) clock.advance(step)
        const passed = steps.reduce((sum, step) => sum + step, 0)
        const due = delays.filter((delay) => delay <= passed)
        const ordered = due.toSorted((left, right) => left - right)
        expect(steps.length === 0 ? [] : ordered).toEqual(fired)
      },
    ),
  )
})

test('a repeating timer fires every period until cancelled, a cancelled one never', () => {
  const clock = new VirtualClock(0)
  const at: number[] = []
  const timer = clock.every(10, () => at.push(clock.now()))
  clock.after(15, () => at.push(-1)).cancel()
  clock.advance(35)
  timer.cancel()
  clock.advance(100)
  expect(at).toEqual([10, 20, 30])
  expect(clock.now()).toBe(135)
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { axisMarks } from './axis-marks.ts'

const hour = 3_600_000
const day = 24 * hour
const midnight = Date.UTC(2026, 10, 21)

function starts(count: number, step: number, last: number): number[] {
  return Array.from({ length: count }, (_, index) => last - (count - 1 - index) * step)
}

it('labels hours on round hours of the day', () => {
  const marks = axisMarks(starts(24, hour, midnight + 14 * hour), 'hour', 9)
  expect(marks.map((mark) => new Date(mark).getUTCHours())).toEqual([15, 18, 21, 0, 3, 6, 9, 12])
})

it('labels today, and days at even distances before it', () => {
  const marks = axisMarks(starts(30, day, midnight), 'day', 8)
  expect(marks.at(-1)).toBe(midnight)
  expect(marks.map((mark) => (midnight - mark) / day)).toEqual([28, 21, 14, 7, 0])
})

it('never gives more labels than fit, and only starts of intervals', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('hour' as const, 'day' as const),
      fc.integer({ min: 1, max: 336 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 0, max: 500_000 }),
      (interval, count, most, offset) => {
        const step = interval === 'hour' ? hour : day
        const all = starts(count, step, (offset + 400) * step)
        const marks = axisMarks(all, interval, most)
        expect(marks.length).toBeLessThanOrEqual(most)
        expect(all).toEqual(expect.arrayContaining([...marks]))
      },
    ),
  )
})

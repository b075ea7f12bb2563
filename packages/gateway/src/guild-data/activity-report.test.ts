import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fillBuckets, intervalMs, spanBefore } from './activity-report.ts'

const { hour } = intervalMs
const span = fc
  .tuple(fc.integer({ min: 0, max: 100 * hour }), fc.integer({ min: 1, max: 50 * hour }))
  .map(([from, length]) => ({ from, to: from + length }))

test('there is one bucket for every interval that the span touches, in order and without a gap', () => {
  fc.assert(
    fc.property(span, (one) => {
      const starts = fillBuckets(one, hour, []).map((bucket) => bucket.start)
      const [first = NaN, last = NaN] = [starts[0], starts.at(-1)]
      expect(first).toBeLessThanOrEqual(one.from)
      expect(first + hour).toBeGreaterThan(one.from)
      expect(last).toBeLessThan(one.to)
      expect(last + hour).toBeGreaterThanOrEqual(one.to)
      expect(starts.every((start, index) => start === first + index * hour)).toBe(true)
    }),
  )
})

test('figures stand in their own interval, and the others are empty', () => {
  expect(fillBuckets({ from: hour, to: 4 * hour }, hour, [{ interval: 2, messages: 3, members: 1 }])).toEqual(
    [
      { start: hour, messages: 0, members: 0 },
      { start: 2 * hour, messages: 3, members: 1 },
      { start: 3 * hour, messages: 0, members: 0 },
    ],
  )
})

test('the span before is as long and ends where the span begins', () => {
  expect(spanBefore({ from: 30, to: 50 })).toEqual({ from: 10, to: 30 })
  expect(spanBefore({ from: 10, to: 50 })).toEqual({ from: 0, to: 10 })
})

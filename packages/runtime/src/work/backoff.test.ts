import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Backoff, backoffMs, constantBackoff } from './backoff.ts'

const policies = fc
  .record({
    firstMs: fc.integer({ min: 1, max: 5000 }),
    times: fc.integer({ min: 1, max: 1000 }),
    jitter: fc.constantFrom('full' as const, 'half' as const, 'none' as const),
  })
  .map(({ firstMs, times, jitter }): Backoff => ({ firstMs, maxMs: firstMs * times, jitter }))
const randoms = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
/** Of the whole wait, so much stands. */
const standing = { full: 0, half: 0.5, none: 1 } as const

test('a wait lies within its bounds, however often an attempt failed', () => {
  fc.assert(
    fc.property(policies, fc.integer({ min: 1, max: 100_000 }), randoms, (policy, failures, random) => {
      const waitMs = backoffMs(policy, failures, random)
      const wholeMs = backoffMs({ ...policy, jitter: 'none' }, failures, random)
      expect(wholeMs).toBeGreaterThanOrEqual(policy.firstMs)
      expect(wholeMs).toBeLessThanOrEqual(policy.maxMs)
      expect(waitMs).toBeGreaterThanOrEqual(wholeMs * standing[policy.jitter])
      expect(waitMs).toBeLessThanOrEqual(wholeMs)
    }),
  )
})

test('each failure doubles the wait until it is at its longest', () => {
  fc.assert(
    fc.property(policies, fc.integer({ min: 1, max: 200 }), (policy, failures) => {
      const plain = { ...policy, jitter: 'none' as const }
      const waitMs = backoffMs(plain, failures, 0)
      expect(backoffMs(plain, failures + 1, 0)).toBe(Math.min(policy.maxMs, waitMs * 2))
    }),
  )
})

test('nothing that failed is no wait, and a constant back-off is always the same', () => {
  expect(backoffMs({ firstMs: 100, maxMs: 1000, jitter: 'none' }, 0, 0.5)).toBe(0)
  expect([1, 2, 30].map((failures) => backoffMs(constantBackoff(250), failures, 0.9))).toEqual([
    250, 250, 250,
  ])
})

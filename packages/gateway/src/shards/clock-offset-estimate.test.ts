import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterSample, meshNowMs, type ClockOffsetEstimate } from './clock-offset-estimate.ts'

const epochMs = 1_800_000_000_000

/** Renewals: pause before each, and how long question and answer take. Milliseconds. */
const renewals = fc.array(fc.record({ pauseMs: fc.nat(2000), thereMs: fc.nat(3000), backMs: fc.nat(3000) }), {
  minLength: 1,
  maxLength: 30,
})

test('the estimate is never further off than half of the fastest answer and the drift since (I18)', () => {
  fc.assert(
    fc.property(renewals, fc.integer({ min: -3_600_000, max: 3_600_000 }), (answers, bootMs) => {
      let monotonicMs = 0
      let time: ClockOffsetEstimate | null = null
      let boundMs = Number.POSITIVE_INFINITY
      for (const { pauseMs, thereMs, backMs } of answers) {
        const sentAtMs = monotonicMs + pauseMs
        const meshMs = epochMs + bootMs + sentAtMs + thereMs
        const passedMs = pauseMs + thereMs + backMs
        monotonicMs += passedMs
        time = afterSample(time, { sentAtMs, answeredAtMs: monotonicMs, meshMs })
        boundMs = Math.min(boundMs + 100e-6 * passedMs, (thereMs + backMs) / 2)
        const wrongMs = Math.abs(meshNowMs(time, monotonicMs) - (epochMs + bootMs + monotonicMs))
        expect(wrongMs).toBeLessThanOrEqual(boundMs + 1e-3)
      }
    }),
  )
})

test('an old answer gives way to a slower one when its drift may be the larger error', () => {
  const first = afterSample(null, { sentAtMs: 0, answeredAtMs: 2, meshMs: epochMs })
  const soon = afterSample(first, { sentAtMs: 1000, answeredAtMs: 1100, meshMs: epochMs + 1050 })
  expect(soon).toBe(first)
  const late = afterSample(first, { sentAtMs: 600_000, answeredAtMs: 600_100, meshMs: epochMs + 600_110 })
  expect(meshNowMs(late, 600_100)).toBe(epochMs + 600_160)
})

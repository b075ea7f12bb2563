import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type LeaseTiming, leaseTiming, type LeaseWatch, unwatched, watchLeases } from './lease-watch.ts'

const timing: LeaseTiming = { expireAfterMs: leaseTiming.expireAfterMs, maxPauseMs: 1000 }

/** Reads one lease at each of the times; gives the time at which it was first seen expired, or null. */
function firstExpiry(readings: readonly { at: number; renewSeq: number }[]): number | null {
  let watch: LeaseWatch = unwatched
  for (const { at, renewSeq } of readings) {
    const outcome = watchLeases(watch, [{ key: 'gateway-0', renewSeq }], at, timing)
    if (outcome.expired.length > 0) return at
    watch = outcome.watch
  }
  return null
}

const steps = fc.array(fc.record({ waitMs: fc.integer({ min: 1, max: 2500 }), renewed: fc.boolean() }), {
  minLength: 1,
  maxLength: 60,
})

test('a lease has expired exactly if it was watched unchanged, without a long pause, for its full time (I18)', () => {
  fc.assert(
    fc.property(steps, (plan) => {
      let at = 0
      let renewSeq = 0
      const readings = plan.map(({ waitMs, renewed }) => {
        at += waitMs
        if (renewed) renewSeq++
        return { at, renewSeq }
      })
      const expected = readings.find((reading, index) => {
        const run = [reading]
        for (let i = index - 1; i >= 0; i--) {
          const earlier = readings[i]
          const later = run[0]
          if (!earlier || !later) break
          if (earlier.renewSeq !== reading.renewSeq || later.at - earlier.at > timing.maxPauseMs) break
          run.unshift(earlier)
        }
        return reading.at - (run[0]?.at ?? reading.at) >= timing.expireAfterMs
      })
      expect(firstExpiry(readings)).toBe(expected?.at ?? null)
    }),
  )
})

test('a holder that renews every 500 ms never loses its lease, whatever the readings', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 3000 }), { maxLength: 80 }), (waits) => {
      let at = 0
      const readings = waits.map((waitMs) => {
        at += waitMs
        return { at, renewSeq: Math.floor(at / leaseTiming.renewEveryMs) }
      })
      expect(firstExpiry(readings)).toBeNull()
    }),
  )
})

test('an outage in which nobody could read or renew ends no lease at its end', () => {
  const readings = [0, 300, 600, 60_000, 60_300].map((at) => ({ at, renewSeq: 7 }))
  expect(firstExpiry(readings)).toBeNull()
})

test('another holder of the same thing starts a watch of its own', () => {
  let watch = watchLeases(unwatched, [{ key: 'shard 0 epoch 1', renewSeq: 5 }], 0, timing).watch
  for (let at = 500; at <= 3000; at += 500) {
    watch = watchLeases(watch, [{ key: 'shard 0 epoch 1', renewSeq: 5 }], at, timing).watch
  }
  expect(watchLeases(watch, [{ key: 'shard 0 epoch 2', renewSeq: 5 }], 3500, timing).expired).toEqual([])
})

test('the granter outlasts the holder, and a holder has several tries within its time to live (T4, R2)', () => {
  expect(leaseTiming.expireAfterMs).toBeGreaterThan(leaseTiming.leaseTtlMs)
  expect(leaseTiming.leaseTtlMs / leaseTiming.renewEveryMs).toBeGreaterThanOrEqual(4)
})

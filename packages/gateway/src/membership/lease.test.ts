import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterRenewal, type Lease, mayAct, noLease, type RenewalOutcome } from './lease.ts'

const holdMs = 2500
const granted = (sentAtMs: number): RenewalOutcome => ({ kind: 'granted', sentAtMs, holdMs })
const unreachable = (sentAtMs: number): RenewalOutcome => ({ kind: 'unreachable', sentAtMs })
const after = (...outcomes: RenewalOutcome[]): Lease => outcomes.reduce(afterRenewal, noLease)

test('nothing may be done before the first grant, and an outage before it changes nothing', () => {
  expect(mayAct(noLease, 0)).toBe(false)
  expect(mayAct(after(unreachable(0)), 1)).toBe(false)
})

test('a grant counts from when it was asked for (R2)', () => {
  const lease = after(granted(1000))
  expect(mayAct(lease, 1000 + holdMs - 1)).toBe(true)
  expect(mayAct(lease, 1000 + holdMs)).toBe(false)
})

test('an outage of the control plane of any length stops nothing (T6, I10)', () => {
  const outage = Array.from({ length: 1000 }, (_, n) => unreachable(1500 + n * 500))
  const lease = after(granted(1000), ...outage)
  expect(mayAct(lease, 1500 + 999 * 500 + 1000)).toBe(true)
})

test('a process that was stopped for longer than its lease does nothing before it has asked again (R1)', () => {
  const lease = after(granted(1000), unreachable(1500))
  expect(mayAct(lease, 60_000)).toBe(false)
  expect(mayAct(afterRenewal(lease, unreachable(60_000)), 60_001)).toBe(true)
})

test('the lease lasts exactly until a hold after the last word, in whatever order words come in', () => {
  const outcomes = fc.array(
    fc.record({
      kind: fc.constantFrom('granted' as const, 'unreachable' as const),
      sentAtMs: fc.nat(100_000),
    }),
    { minLength: 1, maxLength: 20 },
  )
  const law = fc.property(outcomes, fc.nat(110_000), (words, nowMs) => {
    const lease = after(
      granted(0),
      ...words.map(({ kind, sentAtMs }) => (kind === 'granted' ? granted(sentAtMs) : unreachable(sentAtMs))),
    )
    const last = Math.max(0, ...words.map(({ sentAtMs }) => sentAtMs))
    if (mayAct(lease, nowMs)) expect(nowMs).toBeLessThan(last + holdMs)
  })
  expect(() => fc.assert(law)).not.toThrow()
})

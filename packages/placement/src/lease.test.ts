import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterRenewal, type Lease, mayAct, noLease, type RenewalOutcome } from './lease.ts'

const leaseTtlMs = 2500
const granted = (sentAtMs: number): RenewalOutcome => ({ kind: 'granted', sentAtMs, leaseTtlMs })
const unreachable = (sentAtMs: number): RenewalOutcome => ({ kind: 'unreachable', sentAtMs })
const after = (...outcomes: RenewalOutcome[]): Lease => outcomes.reduce(afterRenewal, noLease)

test('nothing may be done before the first grant, and an outage before it changes nothing', () => {
  expect(mayAct(noLease, 0)).toBe(false)
  expect(mayAct(after(unreachable(0)), 1)).toBe(false)
})

test('a grant counts from when it was asked for (R2)', () => {
  const lease = after(granted(1000))
  expect(mayAct(lease, 1000 + leaseTtlMs - 1)).toBe(true)
  expect(mayAct(lease, 1000 + leaseTtlMs)).toBe(false)
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

const answers = fc.array(
  fc.record({
    kind: fc.constantFrom('granted' as const, 'unreachable' as const),
    sentAtMs: fc.nat(100_000),
  }),
  { minLength: 1, maxLength: 20 },
)

function leaseAfter(given: readonly { kind: 'granted' | 'unreachable'; sentAtMs: number }[]): Lease {
  return after(
    granted(0),
    ...given.map(({ kind, sentAtMs }) => (kind === 'granted' ? granted(sentAtMs) : unreachable(sentAtMs))),
  )
}

test('answers that come in order: the lease lasts exactly its time to live after the last was asked for', () => {
  fc.assert(
    fc.property(answers, fc.nat(110_000), (given, nowMs) => {
      const inOrder = given.toSorted((a, b) => a.sentAtMs - b.sentAtMs)
      const last = inOrder.at(-1)?.sentAtMs ?? 0
      expect(mayAct(leaseAfter(inOrder), nowMs)).toBe(nowMs < last + leaseTtlMs)
    }),
  )
})

test('in whatever order answers come, the lease never lasts longer than that, nor less than the last grant says', () => {
  fc.assert(
    fc.property(answers, fc.nat(110_000), (given, nowMs) => {
      const sentAt = (kind: 'granted' | 'unreachable') =>
        given.flatMap((answer) => (answer.kind === kind ? [answer.sentAtMs] : []))
      const lastGrant = Math.max(0, ...sentAt('granted'))
      const last = Math.max(lastGrant, ...sentAt('unreachable'))
      const may = mayAct(leaseAfter(given), nowMs)
      expect(may && nowMs >= last + leaseTtlMs).toBe(false)
      expect(may || nowMs >= lastGrant + leaseTtlMs).toBe(true)
    }),
  )
})

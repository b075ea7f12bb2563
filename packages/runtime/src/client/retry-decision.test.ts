import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RetryBudget } from './retry-budget.ts'
import { decideRetry, type FailedAttempt } from './retry-decision.ts'

const anyAttempt: fc.Arbitrary<FailedAttempt> = fc.record({
  outcome: fc.constantFrom('lost', 'unavailable', 'other'),
  sent: fc.boolean(),
  idempotent: fc.boolean(),
  attempt: fc.integer({ min: 1, max: 10 }),
  remainingMs: fc.double({ min: -100, max: 10_000, noNaN: true }),
  retryAfterMs: fc.nat(5000),
  random: fc.double({ min: 0, max: 0.999, noNaN: true }),
})

describe('retrying', () => {
  it('never repeats what may have happened unless that is harmless', () => {
    fc.assert(
      fc.property(anyAttempt, (failed) => {
        expect(decideRetry(failed).retry && failed.sent && !failed.idempotent).toBe(false)
      }),
    )
  })

  it('ends within the deadline and after a few attempts, and waits at least as long as it was asked to', () => {
    fc.assert(
      fc.property(anyAttempt, (failed) => {
        const decision = decideRetry(failed)
        if (!decision.retry) return
        expect(failed.outcome).not.toBe('other')
        expect(failed.attempt).toBeLessThan(4)
        expect(decision.waitMs).toBeLessThan(failed.remainingMs)
        expect(decision.waitMs).toBeGreaterThanOrEqual(failed.retryAfterMs)
        expect(decision.waitMs).toBeLessThanOrEqual(failed.retryAfterMs + 500)
      }),
    )
  })

  it('does repeat a lost call that is idempotent or never left', () => {
    const lost: FailedAttempt = {
      outcome: 'lost',
      sent: true,
      idempotent: true,
      attempt: 1,
      remainingMs: 1000,
      retryAfterMs: 0,
      random: 0.5,
    }
    expect(decideRetry(lost)).toEqual({ retry: true, waitMs: 20 })
    expect(decideRetry({ ...lost, sent: false, idempotent: false }).retry).toBe(true)
    expect(decideRetry({ ...lost, idempotent: false })).toEqual({ retry: false, reason: 'may-have-happened' })
    expect(decideRetry({ ...lost, remainingMs: 10 })).toEqual({ retry: false, reason: 'no-time' })
  })

  it('is a tenth of the traffic at the most, once what was saved up is spent', () => {
    const budget = new RetryBudget()
    const granted = (tries: number) =>
      Array.from({ length: tries }, () => budget.spend()).filter(Boolean).length
    expect(granted(100)).toBe(20)
    for (let call = 0; call < 105; call++) budget.earn()
    expect(granted(100)).toBe(10)
  })
})

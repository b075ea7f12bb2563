import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideAfterCall, mostAttempts } from './decide-after-call.ts'
import type { CallOutcome } from './discord-rest.ts'

const outcome: fc.Arbitrary<CallOutcome> = fc.oneof(
  fc.record({ kind: fc.constant('made'), body: fc.constant({}) }),
  fc.record({
    kind: fc.constant('refused'),
    status: fc.constantFrom(400, 401, 403, 404, 429),
    code: fc.option(fc.nat()),
    message: fc.string(),
  }),
  fc.record({ kind: fc.constant('unknown'), status: fc.constantFrom(null, 500, 502), message: fc.string() }),
)
const call = fc.record({
  attempts: fc.integer({ min: 1, max: mostAttempts + 2 }),
  repeat: fc.constantFrom('nonce', 'idempotent', 'confirm'),
})
const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('a call is repeated only where that is harmless, and not for ever', () => {
  fc.assert(
    fc.property(call, outcome, jitter, (tried, came, random) => {
      const after = decideAfterCall(tried, came, 1000, random)
      if (after.kind !== 'retry') return
      expect(came.kind).not.toBe('made')
      expect(tried.attempts).toBeLessThan(mostAttempts)
      if (came.kind === 'unknown') expect(tried.repeat).not.toBe('confirm')
      else expect(came).toMatchObject({ status: 429 })
      expect(after.dueAt).toBeGreaterThan(1000)
      expect(after.dueAt).toBeLessThanOrEqual(61_000)
    }),
  )
})

test('whatever Discord said for good is settled at once', () => {
  const tried = { attempts: 1, repeat: 'nonce' } as const
  expect(decideAfterCall(tried, { kind: 'made', body: 1 }, 0, 0)).toEqual({
    kind: 'settled',
    result: { ok: true, body: 1 },
  })
  expect(decideAfterCall(tried, { kind: 'refused', status: 404, code: 10003, message: 'no' }, 0, 0)).toEqual({
    kind: 'settled',
    result: { ok: false, status: 404, code: 10003, message: 'no' },
  })
})

test('waits grow', () => {
  const waits = [1, 2, 3, 4].map((attempts) => {
    const after = decideAfterCall(
      { attempts, repeat: 'nonce' },
      { kind: 'unknown', status: 500, message: '' },
      0,
      0,
    )
    return after.kind === 'retry' ? after.dueAt : -1
  })
  expect(waits).toEqual([250, 500, 1000, 2000])
})

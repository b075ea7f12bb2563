import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideAfterCall, mostAttempts, type Tried } from './decide-after-call.ts'
import { settleMs } from './decide-before-call.ts'
import type { CallOutcome } from './discord-rest.ts'

const outcome: fc.Arbitrary<CallOutcome> = fc.oneof(
  fc.record({ kind: fc.constant('made'), body: fc.constant({}) }),
  fc.record({
    kind: fc.constant('refused'),
    status: fc.constantFrom(400, 401, 403, 404),
    code: fc.option(fc.nat()),
    message: fc.string(),
  }),
  fc.record({ kind: fc.constant('deferred'), retryAfterMs: fc.nat(600_000), message: fc.string() }),
  fc.record({ kind: fc.constant('unknown'), status: fc.constantFrom(null, 500, 502), message: fc.string() }),
)
const call: fc.Arbitrary<Tried> = fc.record({
  method: fc.constantFrom('POST', 'PUT', 'DELETE'),
  attempts: fc.integer({ min: 1, max: mostAttempts + 2 }),
  repeat: fc.constantFrom('nonce', 'idempotent', 'read-back', 'lane'),
  sentAt: fc.constant(900),
  doubted: fc.boolean(),
})
const jitter = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const tried: Tried = { method: 'POST', attempts: 1, repeat: 'nonce', sentAt: 0, doubted: false }

test('a call is tried again only after no answer, which is not for ever, or when Discord put it off', () => {
  fc.assert(
    fc.property(call, outcome, jitter, (one, came, random) => {
      const after = decideAfterCall(one, came, 1000, random)
      if (came.kind === 'deferred') {
        expect(after).toMatchObject({ kind: 'retry', sentAt: one.doubted ? 900 : null })
        if (after.kind === 'retry') expect(after.dueAt).toBeGreaterThanOrEqual(1000 + came.retryAfterMs)
        return
      }
      if (after.kind !== 'retry') return
      expect(came.kind).toBe('unknown')
      expect(one.attempts).toBeLessThan(mostAttempts)
      expect(after.sentAt).toBe(900)
      expect(after.dueAt).toBeGreaterThan(1000)
      expect(after.dueAt).toBeLessThanOrEqual(61_000)
      if (one.repeat === 'lane') expect(after.dueAt).toBeGreaterThanOrEqual(1000 + settleMs)
    }),
  )
})

test('whatever Discord said for good is settled at once', () => {
  expect(decideAfterCall(tried, { kind: 'made', body: 1 }, 0, 0)).toEqual({
    kind: 'settled',
    result: { ok: true, body: 1 },
  })
  expect(decideAfterCall(tried, { kind: 'refused', status: 404, code: 10003, message: 'no' }, 0, 0)).toEqual({
    kind: 'settled',
    result: { ok: false, status: 404, code: 10003, message: 'no' },
  })
})

test('what an attempt in doubt may have deleted and is not there counts as deleted', () => {
  const gone: CallOutcome = { kind: 'refused', status: 404, code: 10008, message: 'Unknown Message' }
  const deletion: Tried = { ...tried, method: 'DELETE', repeat: 'idempotent' }
  expect(decideAfterCall({ ...deletion, doubted: true }, gone, 0, 0)).toMatchObject({ result: { ok: true } })
  expect(decideAfterCall(deletion, gone, 0, 0)).toMatchObject({ result: { ok: false, status: 404 } })
})

test('waits grow', () => {
  const waits = [1, 2, 3, 4].map((attempts) => {
    const after = decideAfterCall({ ...tried, attempts }, { kind: 'unknown', status: 500, message: '' }, 0, 0)
    return after.kind === 'retry' ? after.dueAt : -1
  })
  expect(waits).toEqual([250, 500, 1000, 2000])
})

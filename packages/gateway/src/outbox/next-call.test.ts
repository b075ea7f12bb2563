import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextCall, patienceMs, type WaitingCall } from './next-call.ts'

const now = 1_000_000
const call = (id: string, more: Partial<WaitingCall> = {}) => ({
  id,
  state: 'pending' as const,
  method: 'POST' as const,
  route: `/channels/${id}/messages`,
  dueAt: now,
  sentAt: null,
  ...more,
})
const long = { dueAt: now + patienceMs + 1 }
const short = { dueAt: now + patienceMs }

test('calls are made in their order', () => {
  expect(nextCall([call('a'), call('b')], now)).toMatchObject({ call: { id: 'a' } })
  expect(nextCall([], now)).toEqual({ kind: 'none' })
})

test('one that waits a moment is waited for', () => {
  expect(nextCall([call('a', short), call('b')], now)).toEqual({ kind: 'wait', until: short.dueAt })
})

test('one that waits long for a limit is passed by calls of other resources', () => {
  const rename = call('a', { method: 'PATCH', route: '/channels/1', ...long })
  expect(nextCall([rename, call('b')], now)).toMatchObject({ call: { id: 'b' } })
  expect(nextCall([rename], now)).toEqual({ kind: 'wait', until: long.dueAt })
  expect(nextCall([rename], long.dueAt)).toMatchObject({ call: { id: 'a' } })
})

test('nothing passes a call whose outcome is in doubt', () => {
  const doubtful = call('a', { ...long, sentAt: now - 1 })
  expect(nextCall([doubtful, call('b')], now)).toEqual({ kind: 'wait', until: long.dueAt })
})

test('calls of one resource stay in order, and what deletes a thing waits for what is done in it', () => {
  const message = call('a', { route: '/channels/1/messages', ...long })
  const same = call('b', { route: 'channels/1/messages' })
  const deletion = call('c', { method: 'DELETE', route: '/channels/1' })
  const rename = call('d', { method: 'PATCH', route: '/channels/1' })
  expect(nextCall([message, same, deletion, rename], now)).toEqual({ kind: 'wait', until: long.dueAt })
  expect(nextCall([message, same, rename], now)).toMatchObject({ call: { id: 'd' } })
})

test('however they wait, one that may go goes, and otherwise somebody is waited for', () => {
  const calls = fc.array(
    fc.record({
      state: fc.constantFrom('pending' as const, 'in_flight' as const),
      method: fc.constantFrom('POST' as const, 'DELETE' as const),
      route: fc.constantFrom('/channels/1', '/channels/1/messages', '/channels/2'),
      dueAt: fc.integer({ min: now - 5, max: now + 2 * patienceMs }),
      sentAt: fc.constantFrom(null, now - 9),
    }),
    { minLength: 1, maxLength: 6 },
  )
  fc.assert(
    fc.property(calls, (waiting) => {
      const next = nextCall(waiting, now)
      if (next.kind === 'call') expect(next.call.dueAt).toBeLessThanOrEqual(now)
      else {
        if (next.kind !== 'wait') throw new Error('there are calls')
        expect(next.until).toBeGreaterThan(now)
        expect(next.until).toBeLessThan(Number.POSITIVE_INFINITY)
        expect(nextCall(waiting, Math.max(...waiting.map(({ dueAt }) => dueAt)))).toMatchObject({
          kind: 'call',
        })
      }
    }),
    { numRuns: 2000 },
  )
})

import { type Failure, MeshError } from '@guildmesh/contracts'
import { expect, test } from 'vitest'
import { attempt } from './command-outcome.ts'

const guildId = '100000000000000001'

function failing(failure: Failure) {
  return attempt(() => Promise.reject(new MeshError(failure)))
}

test('a command that returned was done', async () => {
  expect(await attempt(async () => {})).toEqual({ kind: 'done' })
})

test.each<Failure>([
  { kind: 'Forbidden', reason: 'no' },
  { kind: 'StaleEpoch', offered: 1, current: 2 },
  { kind: 'NotFound', what: 'guild', id: guildId },
])('$kind says that nothing was done', async (failure) => {
  expect(await failing(failure)).toEqual({ kind: 'refused', failure })
})

test.each<Failure>([
  { kind: 'Unavailable', service: 'gateway-0', retryAfterMs: 1 },
  { kind: 'DeadlineExceeded', budgetMs: 2000 },
  { kind: 'OutcomeUnknown', idempotencyKey: 'move:123' },
  { kind: 'Internal', errorId: 'x' },
  { kind: 'Unauthenticated', reason: 'unknown-key' },
])('T15: $kind leaves open whether it was done', async (failure) => {
  expect((await failing(failure)).kind).toBe('unknown')
})

test('T15: so does any unexpected error', async () => {
  expect((await attempt(() => Promise.reject(new Error('socket hang up')))).kind).toBe('unknown')
})

import { type Failure, failurePolicies } from '@guildmesh/contracts'
import { describe, expect, it } from 'vitest'
import { exitCodeOf } from './exit-code.ts'

const guildId = '100000000000000000'
const examples = [
  [{ kind: 'NotAssigned', guildId }, 3],
  [{ kind: 'NotFound', what: 'move', id: 'x' }, 3],
  [{ kind: 'GuildHasData', guildId, tables: {} }, 4],
  [{ kind: 'MoveConflict', guildId, moveId: 'x', state: 'copying' }, 4],
  [{ kind: 'Unauthenticated', reason: 'expired' }, 5],
  [{ kind: 'Forbidden', reason: 'x' }, 5],
  [{ kind: 'Unavailable', service: 'config', retryAfterMs: 5 }, 6],
  [{ kind: 'RateLimited', retryAfterMs: 5 }, 6],
  [{ kind: 'GuildFenced', guildId, retryAfterMs: 5 }, 6],
  [{ kind: 'OutcomeUnknown', idempotencyKey: 'x' }, 1],
  [{ kind: 'DeadlineExceeded', budgetMs: 5 }, 1],
  [{ kind: 'InvalidInput', issues: [] }, 2],
  [{ kind: 'Internal', errorId: 'x' }, 1],
] as const

describe('exit codes', () => {
  it.each(examples)('%j → %i', (example, code) => {
    const failure: Failure = JSON.parse(JSON.stringify(example))
    expect(exitCodeOf(failure)).toBe(code)
  })

  it('give every failure a code that is not success', () => {
    for (const kind of Object.keys(failurePolicies)) {
      const failure: Failure = JSON.parse(JSON.stringify({ kind }))
      expect(exitCodeOf(failure)).toBeGreaterThan(0)
    }
  })
})

import { type Failure, MeshError } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { awayAfterMs, decideReserved, isUnanswered } from './reserved-permit.ts'

const trouble = fc.record({
  reserved: fc.option(fc.integer({ min: 1, max: 50 })),
  used: fc.nat(50),
  shardId: fc.nat(63),
  maxConcurrency: fc.constantFrom(1, 2, 16),
  unansweredMs: fc.nat(2 * awayAfterMs),
})

test('the permit in reserve is used only while nobody answers for long, and never under an old generation', () => {
  fc.assert(
    fc.property(trouble, (input) => {
      const decision = decideReserved(input)
      const mayUse =
        input.reserved !== null && input.reserved > input.used && input.unansweredMs >= awayAfterMs
      expect(decision.do).toBe(mayUse ? 'use' : 'ask-again')
      if (decision.do === 'use') expect(decision.generation).toBe(input.reserved)
    }),
  )
})

test('shards of one rate-limit key that lose their sessions at once do not IDENTIFY within five seconds of each other', () => {
  const law = fc.property(
    fc.constantFrom(1, 2, 16),
    fc.integer({ min: 1, max: 48 }),
    (maxConcurrency, shardCount) => {
      const places = Array.from({ length: shardCount }, (_, shardId) => {
        const decision = decideReserved({
          reserved: 9,
          used: 1,
          shardId,
          maxConcurrency,
          unansweredMs: awayAfterMs,
        })
        return { key: shardId % maxConcurrency, atMs: decision.do === 'use' ? decision.waitMs : NaN }
      })
      return places.every((one, index) =>
        places
          .slice(index + 1)
          .every(({ key, atMs }) => one.key !== key || Math.abs(one.atMs - atMs) >= 5000),
      )
    },
  )
  expect(() => fc.assert(law)).not.toThrow()
})

test.each<[boolean, Failure]>([
  [true, { kind: 'Unavailable', service: 'config', retryAfterMs: 500 }],
  [true, { kind: 'DeadlineExceeded', budgetMs: 2000 }],
  [true, { kind: 'OutcomeUnknown', idempotencyKey: 'k'.repeat(16) }],
  [false, { kind: 'IdentifyBudgetSpent', retryAfterMs: 5 }],
  [false, { kind: 'StaleEpoch', offered: 1, current: 2 }],
  [false, { kind: 'Internal', errorId: 'e' }],
])('%s: %o says nothing of whether there is leave', (expected, failure) => {
  expect(isUnanswered(new MeshError(failure))).toBe(expected)
})

import { type Failure, MeshError } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { awayAfterMs, decideReserved, isUnanswered, turnMs } from './reserved-permit.ts'

const epochMs = 1_800_000_000_000
const meshNow = fc.integer({ min: epochMs, max: epochMs + 86_400_000 })

const trouble = fc.record({
  reserved: fc.option(fc.integer({ min: 1, max: 50 })),
  used: fc.nat(50),
  shardId: fc.nat(63),
  shardCount: fc.constant(64),
  maxConcurrency: fc.constantFrom(1, 2, 16, 64),
  unansweredMs: fc.nat(2 * awayAfterMs),
  meshNowMs: fc.option(meshNow),
})

test('the permit in reserve is used only while nobody answers for long, never under an old generation, and never without knowing whose turn it is', () => {
  fc.assert(
    fc.property(trouble, (input) => {
      const decision = decideReserved(input)
      const mayUse =
        input.reserved !== null &&
        input.reserved > input.used &&
        input.unansweredMs >= awayAfterMs &&
        (input.meshNowMs !== null || input.shardCount <= input.maxConcurrency)
      expect(decision.do).toBe(mayUse ? 'use' : 'ask-again')
      if (decision.do === 'use') expect(decision.generation).toBe(input.reserved)
    }),
  )
})

interface Mesh {
  readonly maxConcurrency: number
  readonly deciding: readonly { readonly atMs: number; readonly wrongMs: number }[]
}

/** Each shard of a mesh decides at a moment of its own, and is wrong about the time by an amount of its own. */
const mesh: fc.Arbitrary<Mesh> = fc
  .record({ maxConcurrency: fc.constantFrom(1, 2, 16), shardCount: fc.integer({ min: 1, max: 48 }) })
  .chain(({ maxConcurrency, shardCount }) =>
    fc.record({
      maxConcurrency: fc.constant(maxConcurrency),
      deciding: fc.array(fc.record({ atMs: meshNow, wrongMs: fc.integer({ min: -500, max: 500 }) }), {
        minLength: shardCount,
        maxLength: shardCount,
      }),
    }),
  )

/** When each shard sends its IDENTIFY, by the true time. */
function identifies({ maxConcurrency, deciding }: Mesh) {
  return deciding.map(({ atMs, wrongMs }, shardId) => {
    const decision = decideReserved({
      reserved: 9,
      used: 1,
      shardId,
      shardCount: deciding.length,
      maxConcurrency,
      unansweredMs: awayAfterMs,
      meshNowMs: atMs + wrongMs,
    })
    return {
      key: shardId % maxConcurrency,
      waitMs: decision.do === 'use' ? decision.waitMs : NaN,
      atMs: decision.do === 'use' ? atMs + decision.waitMs : NaN,
    }
  })
}

test('shards of one rate-limit key do not IDENTIFY within five seconds of each other, whenever each notices that it must', () => {
  fc.assert(
    fc.property(mesh, (input) => {
      const places = identifies(input)
      const tooClose = places.filter((one, index) =>
        places.slice(index + 1).some(({ key, atMs }) => key === one.key && Math.abs(one.atMs - atMs) < 5000),
      )
      expect(tooClose).toEqual([])
    }),
  )
})

test('no shard waits for longer than a round, and one that is alone with its key not at all', () => {
  fc.assert(
    fc.property(mesh, (input) => {
      const turns = Math.ceil(input.deciding.length / input.maxConcurrency)
      for (const { waitMs } of identifies(input)) {
        expect(waitMs).toBeGreaterThanOrEqual(0)
        expect(waitMs).toBeLessThanOrEqual(turns === 1 ? 0 : turns * turnMs)
      }
    }),
  )
})

test.each<[boolean, Failure]>([
  [true, { kind: 'Unavailable', service: 'config', retryAfterMs: 500 }],
  [true, { kind: 'DeadlineExceeded', budgetMs: 2000 }],
  [true, { kind: 'OutcomeUnknown', idempotencyKey: 'k'.repeat(16) }],
  [false, { kind: 'IdentifyBudgetSpent', retryAfterMs: 5 }],
  [false, { kind: 'StaleEpoch', offered: 1, current: 2 }],
  [false, { kind: 'Internal', errorId: 'e' }],
])('%s: %o says nothing of whether there is a permit', (expected, failure) => {
  expect(isUnanswered(new MeshError(failure))).toBe(expected)
})

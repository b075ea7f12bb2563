import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideAfterCall, decideAfterLook, mostAttempts } from './decide-after-call.ts'
import { type CallDoubt, decideBeforeCall, settleMs } from './decide-before-call.ts'
import type { CallOutcome } from './discord-rest.ts'

/** What happens to one request, or to one look. */
const trouble = fc.oneof(
  fc.constant({ kind: 'none' } as const),
  fc.record({
    kind: fc.constant('rate-limited' as const),
    forMs: fc.oneof(fc.nat(2000), fc.nat(200_000), fc.nat(900_000)),
  }),
  fc.constant({ kind: 'cut-before' } as const),
  fc.constant({ kind: 'cut-after' } as const),
  /** The connection is cut, and Discord does it a moment later. */
  fc.record({ kind: fc.constant('late' as const), byMs: fc.integer({ min: 1, max: settleMs - 1 }) }),
  /** The gateway is killed before or after the request, and comes back. */
  fc.record({
    kind: fc.constant('crash' as const),
    sent: fc.boolean(),
    awayMs: fc.oneof(fc.nat(2000), fc.nat(900_000)),
  }),
)
type Trouble = typeof trouble extends fc.Arbitrary<infer T> ? T : never
type Decisions = {
  before: typeof decideBeforeCall
  after: typeof decideAfterCall
  afterLook: typeof decideAfterLook
}
const real: Decisions = { before: decideBeforeCall, after: decideAfterCall, afterLook: decideAfterLook }

const stories = fc.record({
  repeat: fc.constantFrom('nonce', 'lane', 'read-back'),
  troubles: fc.array(trouble, { maxLength: mostAttempts - 2 }),
  /** Whether the lane tells what was done. */
  laneTells: fc.boolean(),
})
type Story = typeof stories extends fc.Arbitrary<infer T> ? T : never

/** Discord remembers a nonce for five minutes at the most in this story. */
const rememberedMs = 300_000

/** Plays an outbox against a Discord with troubles; gives how often it was done, and what the step was told. */
function play({ repeat, troubles, laneTells }: Story, decide: Decisions) {
  let now = 1_000_000
  const doneAt: number[] = []
  let call: CallDoubt & { attempts: number; dueAt: number } = {
    repeat,
    sentAt: null,
    knownResult: null,
    attempts: 0,
    dueAt: now,
  }
  const pending: number[] = []
  const effects = () => {
    for (const at of pending.filter((one) => one <= now)) perform(at)
    pending.splice(0, pending.length, ...pending.filter((one) => one > now))
    return doneAt.length
  }
  const perform = (at: number) => {
    const last = doneAt.at(-1)
    if (repeat === 'nonce' && last !== undefined && at - last < rememberedMs) return
    doneAt.push(at)
    if (laneTells) call = { ...call, knownResult: { body: 'seen' } }
  }
  const queue: Trouble[] = [...troubles]
  const request = (): CallOutcome | 'crashed' => {
    const met = queue.shift() ?? { kind: 'none' }
    const unknown: CallOutcome = { kind: 'unknown', status: null, message: 'cut' }
    switch (met.kind) {
      case 'none':
        perform(now)
        return { kind: 'made', body: 'answer' }
      case 'rate-limited':
        return { kind: 'deferred', retryAfterMs: met.forMs, message: '429' }
      case 'cut-before':
        return unknown
      case 'cut-after':
        perform(now)
        return unknown
      case 'late':
        pending.push(now + met.byMs)
        return unknown
      case 'crash':
        if (met.sent) perform(now)
        now += met.awayMs
        return 'crashed'
      default:
        return met satisfies never
    }
  }
  for (let step = 0; step < 200; step++) {
    now = Math.max(now, call.dueAt)
    effects()
    const before = decide.before(call, now)
    if (before.kind === 'settled') return { told: true, effects: effects() }
    if (before.kind === 'wait') {
      now = before.until
      continue
    }
    const attempts = call.attempts + 1
    let doubtedSince = call.sentAt
    if (before.kind === 'look') {
      const body = { kind: 'done', body: 'found' } as const
      const look = effects() > 0 ? body : ({ kind: 'not-done' } as const)
      const after = decide.afterLook({ attempts, sentAt: call.sentAt ?? now }, look, now, 0.5)
      if (after.kind === 'settled') return { told: after.result.ok, effects: effects() }
      if (after.kind !== 'send') throw new Error('a readable answer decides')
      doubtedSince = null
    }
    const sentAt = doubtedSince ?? now
    call = { ...call, attempts, sentAt }
    const outcome = request()
    if (outcome === 'crashed') continue
    const tried = { method: 'POST' as const, repeat, attempts, sentAt, doubted: doubtedSince !== null }
    const after = decide.after(tried, outcome, now, 0.5)
    if (after.kind === 'settled') return { told: after.result.ok, effects: effects() }
    if (after.kind === 'exhausted') return { told: false, effects: effects() }
    call = { ...call, sentAt: after.sentAt, dueAt: after.dueAt }
  }
  return { told: null, effects: effects() }
}

const law = (decide: Decisions) =>
  fc.assert(
    fc.property(stories, (story) => {
      expect(play(story, decide)).toEqual({ told: true, effects: 1 })
    }),
    { numRuns: 2000, seed: 4 },
  )

test('through cut connections, rate limits and crashes a call is done once, and its step is told so', () => {
  expect(() => law(real)).not.toThrow()
})

const mutant: Record<string, Partial<Decisions>> = {
  'a call in doubt is just made again': {
    before: (call, now) => (call.knownResult ? decideBeforeCall(call, now) : { kind: 'send' }),
  },
  'a call in doubt is made again when it is not seen in the lane': {
    before: (call, now) => {
      const decided = decideBeforeCall(call, now)
      return decided.kind === 'look' ? { kind: 'send' } : decided
    },
  },
  'nonces are trusted for ever': {
    before: (call, now) =>
      call.repeat === 'nonce' && !call.knownResult ? { kind: 'send' } : decideBeforeCall(call, now),
  },
  'a look does not wait for what still runs': {
    before: (call, now) => {
      const decided = decideBeforeCall(call, now)
      return decided.kind === 'wait' ? { kind: 'look' } : decided
    },
    after: (call, outcome, now, jitter) => {
      const decided = decideAfterCall(call, outcome, now, jitter)
      return decided.kind === 'retry' ? { ...decided, dueAt: now } : decided
    },
  },
  'no answer counts as not done': {
    after: (call, outcome, now, jitter) => {
      const decided = decideAfterCall(call, outcome, now, jitter)
      return decided.kind === 'retry' ? { ...decided, sentAt: null } : decided
    },
  },
  'a rate limit after a doubt clears the doubt': {
    after: (call, outcome, now, jitter) => decideAfterCall({ ...call, doubted: false }, outcome, now, jitter),
  },
  'the doubt starts again with each attempt': {
    after: (call, outcome, now, jitter) => {
      const decided = decideAfterCall(call, outcome, now, jitter)
      return decided.kind === 'retry' && decided.sentAt !== null
        ? { ...decided, sentAt: now + 100_000 }
        : decided
    },
  },
  'whatever a look shows, it is made again': { afterLook: () => ({ kind: 'send' }) },
}

test.each(Object.entries(mutant))('the law finds it when %s', (_, bug) => {
  expect(() => law({ ...real, ...bug })).toThrow(/Property failed/)
})

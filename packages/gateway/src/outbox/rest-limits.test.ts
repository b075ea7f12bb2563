import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type InvalidHistory,
  isInvalid,
  permittedCalls,
  spentInvalid,
  withInvalid,
} from './invalid-requests.ts'
import { HeldBackError, RestBudget } from './rest-budget.ts'
import { nextStart } from './send-pace.ts'

/** Requests of one gateway that always has more to send, from `from` for `forMs`. */
function starts(fraction: number, from: number, forMs: number, pace = { of: nextStart }): number[] {
  const times: number[] = []
  let state = 0
  let now = from
  for (;;) {
    const next = pace.of(state, fraction, now)
    if (next.startsAt > from + forMs) return times
    times.push(next.startsAt)
    now = next.startsAt
    state = next.pace
  }
}

function mostInASecond(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b)
  return Math.max(...sorted.map((start) => sorted.filter((at) => at >= start && at < start + 1000).length))
}

/** Up to ten gateways whose fractions add up to 1, each beginning at its own time. */
const meshes = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 20 }), from: fc.nat(3000) }), {
  minLength: 1,
  maxLength: 10,
})

function busiest(mesh: { weight: number; from: number }[], pace = { of: nextStart }): number {
  const sum = mesh.reduce((all, { weight }) => all + weight, 0)
  return mostInASecond(mesh.flatMap(({ weight, from }) => starts(weight / sum, from, 4000, pace)))
}

const law = (pace?: { of: typeof nextStart }) =>
  fc.assert(
    fc.property(meshes, (mesh) => {
      expect(busiest(mesh, pace)).toBeLessThanOrEqual(50)
    }),
  )

test('gateways that send as fast as they may stay within 50 a second together', () => {
  expect(() => law()).not.toThrow()
})

/** Takes each slot half a second early. */
const greedy: typeof nextStart = (pace, fraction, now) => {
  const { startsAt, pace: next } = nextStart(pace, fraction, now)
  return { startsAt: Math.max(now, startsAt - 500), pace: next }
}

test('the law finds a pace that is ahead of itself', () => {
  expect(() => law({ of: greedy })).toThrow(/Property failed after/)
})

test('a gateway alone is not slower than 40 a second', () => {
  expect(starts(1, 0, 10_000).length).toBeGreaterThanOrEqual(400)
})

const invalid = (count: number, at: number, history: InvalidHistory = []) => {
  let all = history
  for (let n = 0; n < count; n++) all = withInvalid(all, at)
  return all
}

test('invalid requests count for ten minutes, against the part of the budget that is ours', () => {
  const history = invalid(500, 0)
  expect(spentInvalid(history, 0.25, 0)).toBe(0.2)
  expect(spentInvalid(history, 0.25, 600_000)).toBe(0.2)
  expect(spentInvalid(history, 0.25, 660_000)).toBe(0)
  expect(withInvalid(history, 720_000)).toHaveLength(1)
})

test('what counts is what Discord counts', () => {
  expect([401, 403, 429].every((status) => isInvalid(status, null))).toBe(true)
  expect(isInvalid(429, 'shared')).toBe(false)
  expect([200, 400, 404, 500].some((status) => isInvalid(status, null))).toBe(false)
})

test('other calls stop first, essential ones before Discord would block', () => {
  expect([0, 0.79, 0.8, 0.94, 0.95, 2].map(permittedCalls)).toEqual([
    'all',
    'all',
    'essential',
    'essential',
    'none',
    'none',
  ])
})

test('the budget is told by the answers, says so once, and recovers', async () => {
  let nowMs = 0
  const logged: string[] = []
  const log = (fields: object, message: string) => void logged.push(message + JSON.stringify(fields))
  const none = { inc() {}, set() {}, observe() {} }
  const budget = new RestBudget({
    share: () => 0.01,
    clock: { now: () => nowMs, monotonicMs: () => nowMs },
    log: { debug: log, info: log, warn: log, error: log },
    metrics: { counter: () => none, gauge: () => none, histogram: () => none },
  })
  const refused = budget.guard(async () => Response.json({ code: 50013 }, { status: 403 }))
  for (let n = 0; n < 85; n++) {
    nowMs += 3000
    await refused('https://discord.com/api/v10/channels/1/messages', {})
  }
  expect(budget.permits({ essential: false })).toBe(false)
  expect(budget.permits({ essential: true })).toBe(true)
  expect(logged).toHaveLength(1)
  await expect(
    Promise.all([refused('https://discord.com/api/v10/a', {}), refused('https://discord.com/api/v10/b', {})]),
  ).rejects.toBeInstanceOf(HeldBackError)
  nowMs += 700_000
  expect(budget.permits({ essential: false })).toBe(true)
  expect(logged).toHaveLength(2)
})

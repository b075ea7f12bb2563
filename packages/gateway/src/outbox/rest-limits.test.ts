import fc from 'fast-check'
import { expect, test } from 'vitest'
import { systemClock } from '@guildmesh/runtime'
import {
  type InvalidHistory,
  invalidLately,
  isInvalid,
  permittedCalls,
  withInvalid,
} from './invalid-requests.ts'
import { HeldBackError, RestBudget } from './rest-budget.ts'
import { afterStart, earliestStart, idlePace, startsLately } from './send-pace.ts'

/** What a gateway may use, thousandths of the limit, from each time on. */
type Quotas = readonly { readonly from: number; readonly quota: number }[]

const quotaAt = (quotas: Quotas, now: number) => quotas.findLast(({ from }) => from <= now)?.quota ?? 0

/** Starts of a gateway that always has more to send, looked at every few milliseconds. */
function starts(quotas: Quotas, forMs: number, pace = { earliestStart }): number[] {
  const times: number[] = []
  let state = idlePace
  for (let now = 0; now < forMs; now += 5) {
    const quota = quotaAt(quotas, now)
    while (pace.earliestStart(state, quota, now) <= now) {
      times.push(now)
      state = afterStart(state, quota, now)
    }
  }
  return times
}

const within = (times: readonly number[], end: number) =>
  times.filter((at) => at > end - 1000 && at <= end).length

const changes = fc
  .array(fc.record({ afterMs: fc.nat(1500), quota: fc.oneof(fc.nat(100), fc.nat(1000)) }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((steps): Quotas => {
    let from = 0
    return steps.map(({ afterMs, quota }, index) => ({ from: (from += index === 0 ? 0 : afterMs), quota }))
  })

const law = (pace?: { earliestStart: typeof earliestStart }) =>
  fc.assert(
    fc.property(changes, (quotas) => {
      const times = starts(quotas, 6000, pace)
      for (const end of times) {
        const greatest = Math.max(
          quotaAt(quotas, end - 1000),
          ...quotas.filter(({ from }) => from > end - 1000 && from <= end).map(({ quota }) => quota),
        )
        expect(within(times, end)).toBeLessThanOrEqual(Math.max(1, Math.floor(greatest / 20)))
      }
    }),
  )

test('in any second a gateway starts no more than its greatest quota of that second allows, however it changes', () => {
  expect(() => law()).not.toThrow()
})

test('gateways whose quotas add up to the limit stay within 50 a second together, from whenever each begins', () => {
  const meshes = fc.array(fc.record({ weight: fc.integer({ min: 20, max: 400 }), from: fc.nat(3000) }), {
    minLength: 1,
    maxLength: 25,
  })
  fc.assert(
    fc.property(meshes, (mesh) => {
      const sum = mesh.reduce((all, { weight }) => all + weight, 0)
      const times = mesh.flatMap(({ weight, from }) =>
        starts([{ from, quota: Math.max(20, Math.floor((weight / sum) * 500)) }], 5000),
      )
      for (const end of times) expect(within(times, end)).toBeLessThanOrEqual(50)
    }),
    { numRuns: 40 },
  )
})

/** Takes each slot half a second early. */
const greedy: typeof earliestStart = (pace, quota, now) => earliestStart(pace, quota, now + 500) - 500

test('the law finds a pace that is ahead of itself', () => {
  expect(() => law({ earliestStart: greedy })).toThrow(/Property failed after/)
})

test('what was used of a quota that has shrunk leaves no room beside it: reported as used, it counts', () => {
  fc.assert(
    fc.property(changes, fc.nat(1000), fc.integer({ min: 1, max: 999 }), (quotas, quota, afterMs) => {
      const before = starts(quotas, 3000)
      let pace = idlePace
      for (const at of before) pace = afterStart(pace, quotaAt(quotas, at), at)
      const reported = Math.max(startsLately(pace, 3000), Math.max(1, Math.floor(quota / 20)))
      const times = [...before]
      for (let now = 3000; now < 3000 + afterMs; now += 5) {
        while (earliestStart(pace, quota, now) <= now) {
          times.push(now)
          pace = afterStart(pace, quota, now)
        }
        expect(within(times, now)).toBeLessThanOrEqual(reported)
      }
    }),
  )
})

test('a gateway alone is not slower than 40 a second, and sends no more than ten at once', () => {
  const times = starts([{ from: 0, quota: 1000 }], 10_000)
  expect(times.length).toBeGreaterThanOrEqual(400)
  expect(times.filter((at) => at < 20).length).toBeLessThanOrEqual(10)
})

test('a larger quota is used at once', () => {
  const times = starts(
    [
      { from: 0, quota: 10 },
      { from: 100, quota: 1000 },
    ],
    1100,
  )
  expect(times.length).toBeGreaterThanOrEqual(40)
})

const invalid = (count: number, at: number, history: InvalidHistory = []) => {
  let all = history
  for (let n = 0; n < count; n++) all = withInvalid(all, at)
  return all
}

test('invalid requests count for ten minutes', () => {
  const history = invalid(500, 0)
  expect(invalidLately(history, 0)).toBe(500)
  expect(invalidLately(history, 600_000)).toBe(500)
  expect(invalidLately(history, 660_000)).toBe(0)
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
    // One request in two seconds and a half, and a hundred invalid ones.
    quotas: { requests: () => 8, invalid: () => 100 },
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

test('requests wait in the order in which they came, use a quota that grows meanwhile, and are told of as demand', async () => {
  let quota = 20
  const made: string[] = []
  const counted: string[] = []
  const budget = new RestBudget({
    quotas: { requests: () => quota, invalid: () => 100 },
    clock: systemClock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    metrics: {
      counter: (name) => ({ inc: () => void counted.push(name) }),
      gauge: () => ({ set() {} }),
      histogram: () => ({ observe() {} }),
    },
  })
  const request = budget.guard(async (url) => {
    made.push(url)
    return new Response()
  })
  const all = ['1', '2', '3', '4', '5'].map((name) => request(name, {}).catch((error: unknown) => error))
  expect(budget.usage()).toMatchObject({ started: 1, waiting: 4 })
  quota = 1000
  const [, , , late] = await Promise.all(all)
  // Only two could wait at one request a second; the others come again, sooner than the quota of that time would let.
  expect(late).toBeInstanceOf(HeldBackError)
  expect(late instanceof HeldBackError && late.retryAfterMs <= 4000).toBe(true)
  expect(made).toEqual(['1', '2', '3'])
  expect(counted).toEqual([
    'rest_waited_total',
    'rest_waited_total',
    'rest_held_back_total',
    'rest_held_back_total',
  ])
})

test('what waits is given up with its time limit, unsent, and the next goes on', async () => {
  const budget = new RestBudget({
    quotas: { requests: () => 20, invalid: () => 100 },
    clock: systemClock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    metrics: {
      counter: () => ({ inc() {} }),
      gauge: () => ({ set() {} }),
      histogram: () => ({ observe() {} }),
    },
  })
  const made: string[] = []
  const request = budget.guard(async (url) => {
    made.push(url)
    return new Response()
  })
  await request('first', {})
  const leaving = new AbortController()
  const left = request('given up', { signal: leaving.signal })
  const next = request('next', {})
  leaving.abort()
  await expect(left).rejects.toBeInstanceOf(HeldBackError)
  await next
  expect(made).toEqual(['first', 'next'])
})

test('a request that comes when a slot is free does not overtake those that wait', async () => {
  const clock = { at: 0, now: () => 0, monotonicMs: () => clock.at }
  const none = { inc() {}, set() {}, observe() {} }
  const budget = new RestBudget({
    quotas: { requests: () => 40, invalid: () => 100 },
    clock,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    metrics: { counter: () => none, gauge: () => none, histogram: () => none },
  })
  const made: string[] = []
  const request = budget.guard(async (url) => {
    made.push(url)
    return new Response()
  })
  const first = [request('1', {}), request('2', {})]
  clock.at = 500
  const third = request('3', {})
  await Promise.all(first)
  expect(made).toEqual(['1', '2'])
  clock.at = 1000
  await third
  expect(made).toEqual(['1', '2', '3'])
})

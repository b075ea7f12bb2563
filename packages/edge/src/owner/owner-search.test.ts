import { type Failure, GatewayId, GuildId } from '@guildmesh/contracts'
import type { Route } from '@guildmesh/placement'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideSearch, type OwnerSearch, type SearchFacts } from './owner-search.ts'

const guildId = GuildId.parse('900000000000000001')
const maxWaitMs = 1200

const gatewayId = fc.integer({ min: 0, max: 4 }).map((ordinal) => GatewayId.parse(`gateway-${ordinal}`))
const owner: fc.Arbitrary<Route> = fc.record({ gatewayId, epoch: fc.integer({ min: 1, max: 8 }) })
const failures: fc.Arbitrary<Failure> = fc.oneof(
  owner.map((to): Failure => ({ kind: 'GuildMoved', guildId, ...to })),
  owner.map(({ gatewayId: id, epoch }): Failure => ({
    kind: 'NotOwner',
    guildId,
    gatewayId: id,
    knownEpoch: epoch,
  })),
  fc.nat(3000).map((retryAfterMs): Failure => ({ kind: 'GuildFenced', guildId, retryAfterMs })),
  fc.constant<Failure>({ kind: 'Unavailable', service: 'gateway-0', retryAfterMs: 100 }),
  fc.constant<Failure>({ kind: 'StaleEpoch', offered: 1, current: 2 }),
)
/** What happens on each call, and what the routing table says before and after the config API was asked. */
const world = fc.array(
  fc.record({
    failure: failures,
    before: fc.option(owner),
    after: fc.option(owner),
    remainingMs: fc.nat(2300),
  }),
  { minLength: 60, maxLength: 80 },
)
type World = typeof world extends fc.Arbitrary<infer Happenings> ? Happenings : never

function searchAt(tried: Route, redirects: number, holds: number, waitedMs: number): OwnerSearch {
  return { guildId, tried, redirects, holds, waitedMs }
}

/** Plays a world of failures to its end. */
function play(first: Route, happenings: World) {
  let search: OwnerSearch = searchAt(first, 0, 0, 0)
  const called = [first]
  for (const { failure: refusal, before, after, remainingMs } of happenings) {
    const facts = { failure: refusal, remainingMs, maxWaitMs }
    let step = decideSearch(search, { ...facts, known: before, refreshed: false })
    if (step.step === 'refresh') step = decideSearch(search, { ...facts, known: after, refreshed: true })
    if (step.step === 'give-up') return { called, search, ended: step.failure }
    if (step.step === 'call') {
      search = searchAt(step.owner, search.redirects + 1, search.holds, search.waitedMs)
    } else if (step.step === 'hold') {
      search = searchAt(search.tried, search.redirects, search.holds + 1, search.waitedMs + step.waitMs)
    } else throw new Error('a search asks the config API once for each failure')
    called.push(search.tried)
  }
  return { called, search, ended: null }
}

test('epochs never fall, and every redirect goes to a higher one', () => {
  fc.assert(
    fc.property(owner, world, (first, happenings) => {
      const { called } = play(first, happenings)
      for (const [index, { epoch, gatewayId: id }] of called.entries()) {
        const before = called[index - 1]
        if (!before) continue
        expect(epoch).toBeGreaterThanOrEqual(before.epoch)
        if (id !== before.gatewayId) expect(epoch).toBeGreaterThan(before.epoch)
      }
    }),
  )
})

test('a search ends after two redirects and 1.2 s of waiting, whatever the gateways say', () => {
  fc.assert(
    fc.property(owner, world, (first, happenings) => {
      const { search, ended } = play(first, happenings)
      expect(search.redirects).toBeLessThanOrEqual(2)
      expect(search.waitedMs).toBeLessThanOrEqual(maxWaitMs)
      expect(ended).not.toBeNull()
    }),
  )
})

test('the caller never learns which gateway owns the guild', () => {
  fc.assert(
    fc.property(owner, world, (first, happenings) => {
      const { ended } = play(first, happenings)
      expect(['GuildFenced', 'Unavailable']).toContain(ended?.kind)
      expect(JSON.stringify(ended)).not.toMatch(/gateway-\d/)
    }),
  )
})

const search: OwnerSearch = {
  guildId,
  tried: { gatewayId: GatewayId.parse('gateway-0'), epoch: 3 },
  redirects: 0,
  holds: 0,
  waitedMs: 0,
}
const facts = {
  known: search.tried,
  refreshed: false,
  remainingMs: 2000,
  maxWaitMs,
} satisfies Partial<SearchFacts>

test('a move to a lower or the same epoch is not followed: the owner is looked up', () => {
  for (const epoch of [1, 3]) {
    const moved: Failure = { kind: 'GuildMoved', guildId, gatewayId: GatewayId.parse('gateway-1'), epoch }
    expect(decideSearch(search, { ...facts, failure: moved })).toEqual({ step: 'refresh' })
  }
})

test('an owner that has not heard of its guild is looked up once, then waited for', () => {
  const failure: Failure = { kind: 'NotOwner', guildId, gatewayId: search.tried.gatewayId, knownEpoch: 0 }
  expect(decideSearch(search, { ...facts, failure })).toEqual({ step: 'refresh' })
  expect(decideSearch(search, { ...facts, failure, refreshed: true })).toEqual({ step: 'hold', waitMs: 25 })
  expect(decideSearch({ ...search, holds: 3 }, { ...facts, failure, refreshed: true })).toMatchObject({
    waitMs: 200,
  })
})

test('a fenced guild is waited for as long as it says, within the limit', () => {
  const failure: Failure = { kind: 'GuildFenced', guildId, retryAfterMs: 200 }
  expect(decideSearch(search, { ...facts, failure })).toEqual({ step: 'hold', waitMs: 200 })
  expect(decideSearch({ ...search, waitedMs: 1100 }, { ...facts, failure })).toMatchObject({ waitMs: 100 })
  expect(decideSearch({ ...search, waitedMs: 1200 }, { ...facts, failure })).toEqual({
    step: 'give-up',
    reason: 'waited-long-enough',
    failure,
  })
})

test('what is not about ownership is the answer', () => {
  const failure: Failure = { kind: 'Forbidden', reason: 'no' }
  expect(decideSearch(search, { ...facts, failure })).toEqual({
    step: 'give-up',
    reason: 'never-passes',
    failure,
  })
})

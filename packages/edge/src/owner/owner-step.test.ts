import { type Failure, GatewayId, GuildId } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { afterFailure, afterRefresh, type Owner, type OwnerSearch, type OwnerStep } from './owner-step.ts'

const guildId = GuildId.parse('900000000000000001')
const limits = { redirects: 2, holdMs: 1200 }

const gatewayId = fc.integer({ min: 0, max: 4 }).map((ordinal) => GatewayId.parse(`gateway-${ordinal}`))
const owner: fc.Arbitrary<Owner> = fc.record({ gatewayId, epoch: fc.integer({ min: 1, max: 8 }) })
const failure: fc.Arbitrary<Failure> = fc.oneof(
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
/** What happens on each call, and what a refresh after it would find. */
const world = fc.array(fc.record({ failure, found: fc.option(owner) }), { minLength: 40, maxLength: 60 })

/** Plays a world of failures to its end. */
function play(first: Owner, happenings: readonly { failure: Failure; found: Owner | null }[]) {
  let search: OwnerSearch = { guildId, tried: first, redirects: 0, holds: 0, heldMs: 0 }
  const called = [first]
  for (const { failure: refusal, found } of happenings) {
    let step: OwnerStep = afterFailure(search, refusal, limits)
    if (step.step === 'refresh') step = afterRefresh(search, found, step.failure, limits)
    if (step.step === 'give-up') return { called, search, ended: step.failure }
    if (step.step === 'call') {
      search = { ...search, tried: step.owner, redirects: search.redirects + 1 }
    } else if (step.step === 'hold') {
      search = { ...search, holds: search.holds + 1, heldMs: search.heldMs + step.waitMs }
    }
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
      expect(search.redirects).toBeLessThanOrEqual(limits.redirects)
      expect(search.heldMs).toBeLessThanOrEqual(limits.holdMs)
      expect(ended).not.toBeNull()
    }),
  )
})

test('the caller never learns which gateway owns the guild', () => {
  fc.assert(
    fc.property(owner, world, (first, happenings) => {
      const { ended } = play(first, happenings)
      expect(['NotAssigned', 'GuildFenced', 'Unavailable']).toContain(ended?.kind)
    }),
  )
})

const search: OwnerSearch = {
  guildId,
  tried: { gatewayId: GatewayId.parse('gateway-0'), epoch: 3 },
  redirects: 0,
  holds: 0,
  heldMs: 0,
}

test('a move to a lower or the same epoch is not followed: the owner is looked up', () => {
  for (const epoch of [1, 3]) {
    const moved: Failure = { kind: 'GuildMoved', guildId, gatewayId: GatewayId.parse('gateway-1'), epoch }
    expect(afterFailure(search, moved, limits).step).toBe('refresh')
  }
})

test("another guild's move is not followed", () => {
  const moved: Failure = {
    kind: 'GuildMoved',
    guildId: GuildId.parse('900000000000000002'),
    gatewayId: GatewayId.parse('gateway-1'),
    epoch: 9,
  }
  expect(afterFailure(search, moved, limits).step).toBe('refresh')
})

test('a fenced guild is waited for as long as it says, within the limit', () => {
  const fenced: Failure = { kind: 'GuildFenced', guildId, retryAfterMs: 200 }
  expect(afterFailure(search, fenced, limits)).toEqual({ step: 'hold', waitMs: 200, reason: 'fenced' })
  expect(afterFailure({ ...search, heldMs: 1100 }, fenced, limits)).toMatchObject({ waitMs: 100 })
  expect(afterFailure({ ...search, heldMs: 1200 }, fenced, limits)).toEqual({
    step: 'give-up',
    failure: fenced,
  })
})

test('what is not about ownership is the answer', () => {
  const forbidden: Failure = { kind: 'Forbidden', reason: 'no' }
  expect(afterFailure(search, forbidden, limits)).toEqual({ step: 'give-up', failure: forbidden })
})

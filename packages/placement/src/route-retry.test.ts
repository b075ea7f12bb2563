import { type Failure, gatewayIdOf, GuildId } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maxRedirects, type Route, routeAfterFailure } from './route-retry.ts'

const guildId = GuildId.parse('100000000000000001')
const route = fc.record({ gatewayId: fc.nat(4).map(gatewayIdOf), epoch: fc.integer({ min: 1, max: 6 }) })
const attempts = fc.record({
  route,
  known: fc.option(route, { nil: null }),
  redirects: fc.nat(3),
  remainingMs: fc.integer({ min: 0, max: 2300 }),
})
const failures: fc.Arbitrary<Failure> = fc.oneof(
  route.map(({ gatewayId, epoch }): Failure => ({ kind: 'GuildMoved', guildId, gatewayId, epoch })),
  fc.nat(1500).map((retryAfterMs): Failure => ({ kind: 'GuildFenced', guildId, retryAfterMs })),
  route.map(({ gatewayId }): Failure => ({ kind: 'NotOwner', guildId, gatewayId, knownEpoch: 0 })),
  fc.nat(1500).map((retryAfterMs): Failure => ({ kind: 'Unavailable', service: 'gateway-1', retryAfterMs })),
  fc.constant<Failure>({ kind: 'StaleEpoch', offered: 1, current: 2 }),
  fc.constant<Failure>({ kind: 'Forbidden', reason: 'no' }),
  fc.constant<Failure>({ kind: 'DeadlineExceeded', budgetMs: 2300 }),
  fc.constant<Failure>({ kind: 'NotAssigned', guildId }),
)

test('a redirect always goes to a higher epoch than the one that refused', () => {
  fc.assert(
    fc.property(failures, attempts, (failure, attempt) => {
      const decision = routeAfterFailure(failure, attempt)
      const epoch = decision.kind === 'redirect' ? decision.route.epoch : Infinity
      expect(epoch).toBeGreaterThan(attempt.route.epoch)
    }),
  )
})

test('no call follows more than two redirects, whatever gateways say of each other', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(failures, fc.option(route, { nil: null })), { maxLength: 20 }),
      (answers) => {
        let at: Route = { gatewayId: gatewayIdOf(0), epoch: 1 }
        let redirects = 0
        for (const [failure, known] of answers) {
          const decision = routeAfterFailure(failure, { route: at, known, redirects, remainingMs: 2000 })
          if (decision.kind !== 'redirect') continue
          redirects++
          at = decision.route
        }
        expect(redirects).toBeLessThanOrEqual(maxRedirects)
      },
    ),
  )
})

test('no wait is longer than the budget', () => {
  fc.assert(
    fc.property(failures, attempts, (failure, attempt) => {
      const decision = routeAfterFailure(failure, attempt)
      const waitMs = decision.kind === 'wait' ? decision.waitMs : -1
      expect(waitMs).toBeLessThan(attempt.remainingMs)
    }),
  )
})

test('what may have taken effect is never sent again', () => {
  fc.assert(
    fc.property(attempts, (attempt) => {
      const failure: Failure = { kind: 'OutcomeUnknown', idempotencyKey: 'command:1' }
      expect(routeAfterFailure(failure, attempt).kind).toBe('give-up')
    }),
  )
})

test('the owner that GuildMoved names is followed, unless the table knows a later one', () => {
  const moved: Failure = { kind: 'GuildMoved', guildId, gatewayId: gatewayIdOf(2), epoch: 4 }
  const attempt = { route: { gatewayId: gatewayIdOf(1), epoch: 3 }, redirects: 0, remainingMs: 1000 }
  expect(routeAfterFailure(moved, { ...attempt, known: null })).toMatchObject({
    kind: 'redirect',
    route: { gatewayId: 'gateway-2', epoch: 4 },
  })
  expect(
    routeAfterFailure(moved, { ...attempt, known: { gatewayId: gatewayIdOf(0), epoch: 5 } }),
  ).toMatchObject({ kind: 'redirect', route: { gatewayId: 'gateway-0', epoch: 5 } })
})

test('an owner that disowns the guild at the epoch the table knows calls for a refresh', () => {
  const at = { gatewayId: gatewayIdOf(1), epoch: 3 }
  const failure: Failure = { kind: 'NotOwner', guildId, gatewayId: gatewayIdOf(1), knownEpoch: 0 }
  expect(routeAfterFailure(failure, { route: at, known: at, redirects: 0, remainingMs: 1000 }).kind).toBe(
    'refresh',
  )
})

test('each way of giving up has its own reason', () => {
  const at = { gatewayId: gatewayIdOf(1), epoch: 3 }
  const attempt = { route: at, known: at, redirects: 0, remainingMs: 1000 }
  const fenced: Failure = { kind: 'GuildFenced', guildId, retryAfterMs: 995 }
  const moved: Failure = { kind: 'GuildMoved', guildId, gatewayId: gatewayIdOf(2), epoch: 4 }
  const reasons = [
    routeAfterFailure(fenced, { ...attempt, remainingMs: 5 }),
    routeAfterFailure(fenced, attempt),
    routeAfterFailure({ kind: 'Forbidden', reason: 'no' }, attempt),
    routeAfterFailure({ kind: 'OutcomeUnknown', idempotencyKey: 'command:1' }, attempt),
    routeAfterFailure(moved, { ...attempt, redirects: maxRedirects }),
  ].map(({ reason }) => reason)
  expect(reasons).toEqual([
    'budget-spent',
    'wait-exceeds-budget',
    'never-passes',
    'outcome-unknown',
    'redirects-spent',
  ])
})

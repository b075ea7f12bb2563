import fc from 'fast-check'
import { expect, test } from 'vitest'
import { budgetWindowMs, grantIdentify, identifySpacingMs } from './identify-budget.ts'

/** Asks for permits at the given times; gives the places of the granted ones by rate-limit key. */
function simulate(asks: readonly { at: number; key: number }[], limit: number) {
  const granted: { place: number; key: number }[] = []
  for (const { at, key } of asks) {
    const counted = granted.filter(({ place }) => place > at - budgetWindowMs)
    const ofKey = granted.filter((one) => one.key === key && one.place > at - identifySpacingMs)
    const grant = grantIdentify({
      now: at,
      spent: counted.length,
      oldestAt: counted.length > 0 ? Math.min(...counted.map(({ place }) => place)) : null,
      latestOfKeyAt: ofKey.length > 0 ? Math.max(...ofKey.map(({ place }) => place)) : null,
      limit,
    })
    if (grant.kind === 'granted') granted.push({ place: at + grant.waitMs, key })
  }
  return granted
}

const plans = fc
  .array(fc.record({ waitMs: fc.nat(8 * 60 * 60 * 1000), key: fc.nat(3) }), { maxLength: 60 })
  .map((steps) => {
    let at = 0
    return steps.map(({ waitMs, key }) => ({ at: (at += waitMs), key }))
  })

test('I14: no 24 hours hold more than the budget, wherever they begin', () => {
  fc.assert(
    fc.property(plans, fc.integer({ min: 1, max: 10 }), (asks, limit) => {
      const granted = simulate(asks, limit)
      for (const { place: start } of granted) {
        const within = granted.filter(({ place }) => place >= start && place < start + budgetWindowMs)
        expect(within.length).toBeLessThanOrEqual(limit)
      }
    }),
  )
})

test('two permits of one key are at least five seconds apart', () => {
  const dense = fc.array(fc.record({ at: fc.nat(20_000), key: fc.nat(2) }), { maxLength: 40 })
  fc.assert(
    fc.property(dense, (asks) => {
      const granted = simulate(
        asks.toSorted((a, b) => a.at - b.at),
        1000,
      )
      for (const key of [0, 1, 2]) {
        const places = granted
          .flatMap((one) => (one.key === key ? [one.place] : []))
          .toSorted((a, b) => a - b)
        for (const [index, place] of places.entries()) {
          expect(place - (places[index - 1] ?? -Infinity)).toBeGreaterThanOrEqual(5000)
        }
      }
    }),
  )
})

test('a refusal says when the oldest permit leaves the window', () => {
  expect(grantIdentify({ now: 1000, spent: 3, oldestAt: 400, latestOfKeyAt: null, limit: 3 })).toEqual({
    kind: 'IdentifyBudgetSpent',
    retryAfterMs: budgetWindowMs - 600,
  })
})

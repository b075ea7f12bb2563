import { gatewayIdOf } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { divideLimit, fairFloor, type ShareHolder } from './divide-limit.ts'
import { restLimits } from './limit-terms.ts'

const limits = fc.constantFrom(restLimits.requests, restLimits.invalid)

const holders = fc
  .uniqueArray(
    fc.record({
      ordinal: fc.nat(200),
      takesPart: fc.boolean(),
      demand: fc.oneof(fc.constant(null), fc.nat(300), fc.nat(20_000)),
      share: fc.nat(300),
    }),
    { selector: ({ ordinal }) => ordinal, minLength: 1, maxLength: 60 },
  )
  .map((rows) =>
    rows.map(({ ordinal, ...row }): ShareHolder => ({ gatewayId: gatewayIdOf(ordinal), floor: 0, ...row })),
  )

test('what is divided and what others hold is never more than the whole, unless those alone exceed it', () => {
  fc.assert(
    fc.property(holders, limits, (all, terms) => {
      const { shares } = divideLimit(all, terms)
      const held = all.filter(({ gatewayId }) => !shares.has(gatewayId)).reduce((sum, h) => sum + h.share, 0)
      const divided = [...shares.values()].reduce((sum, { share }) => sum + share, 0)
      expect(divided).toBeLessThanOrEqual(Math.max(0, terms.whole - held))
      for (const { share, needed, floor } of shares.values()) {
        expect(share).toBeGreaterThanOrEqual(needed)
        expect(needed).toBeGreaterThanOrEqual(floor)
      }
    }),
  )
})

test('max-min fair: whose demand is not met has as much as any other beyond its floor, to a step', () => {
  fc.assert(
    fc.property(holders, limits, (all, terms) => {
      const { shares } = divideLimit(all, terms)
      const unmet = all.filter(
        ({ gatewayId, demand }) => (demand ?? 0) > (shares.get(gatewayId)?.needed ?? Infinity),
      )
      for (const { gatewayId, demand } of unmet) {
        const mine = shares.get(gatewayId)?.needed ?? 0
        if (mine >= Math.min(demand ?? 0, terms.whole)) continue
        for (const { needed, floor } of shares.values()) {
          expect(needed).toBeLessThanOrEqual(Math.max(floor, mine + terms.step))
        }
      }
    }),
  )
})

test('a gateway that alone needs more than its floor gets all but the floors of the others', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), limits, (count, terms) => {
      const all = Array.from({ length: count }, (_, ordinal): ShareHolder => {
        return {
          gatewayId: gatewayIdOf(ordinal),
          takesPart: true,
          demand: ordinal === 0 ? 1e6 : 0,
          share: 0,
          floor: 0,
        }
      })
      const share = divideLimit(all, terms).shares.get(gatewayIdOf(0))?.share ?? 0
      expect(share).toBeGreaterThan(terms.whole - (count - 1) * fairFloor(count, terms) - terms.step)
    }),
  )
})

test('floors are a quarter of the limit, a request a second at least up to 25 gateways, and never more than half', () => {
  const { requests } = restLimits
  expect([1, 2, 3, 5, 10, 25, 50].map((count) => fairFloor(count, requests))).toEqual([
    240, 120, 80, 40, 20, 20, 10,
  ])
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), limits, (count, terms) => {
      expect(count * fairFloor(count, terms)).toBeLessThanOrEqual(terms.whole / 2)
    }),
  )
})

test('quiet gateways have half of what nobody needs, each alike', () => {
  const all = [0, 1, 2].map((ordinal): ShareHolder => ({
    gatewayId: gatewayIdOf(ordinal),
    takesPart: true,
    demand: 0,
    share: 0,
    floor: 0,
  }))
  const { shares, left } = divideLimit(all, restLimits.requests)
  expect([...shares.values()].map(({ share }) => share)).toEqual([200, 200, 200])
  expect(left).toBe(760)
})

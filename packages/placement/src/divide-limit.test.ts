import { gatewayIdOf } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { divideLimit, guaranteedMinimum, type QuotaHolder } from './divide-limit.ts'
import { restLimits } from './limit-terms.ts'

const limits = fc.constantFrom(restLimits.requests, restLimits.invalid)

const holders = fc
  .uniqueArray(
    fc.record({
      ordinal: fc.nat(200),
      takesPart: fc.boolean(),
      demand: fc.oneof(fc.constant(null), fc.nat(300), fc.nat(20_000)),
      quota: fc.nat(300),
    }),
    { selector: ({ ordinal }) => ordinal, minLength: 1, maxLength: 60 },
  )
  .map((rows) =>
    rows.map(({ ordinal, ...row }): QuotaHolder => ({
      gatewayId: gatewayIdOf(ordinal),
      guaranteed: 0,
      ...row,
    })),
  )

test('what is divided and what others hold is never more than the whole, unless those alone exceed it', () => {
  fc.assert(
    fc.property(holders, limits, (all, terms) => {
      const { quotas } = divideLimit(all, terms)
      const held = all.filter(({ gatewayId }) => !quotas.has(gatewayId)).reduce((sum, h) => sum + h.quota, 0)
      const divided = [...quotas.values()].reduce((sum, { quota }) => sum + quota, 0)
      expect(divided).toBeLessThanOrEqual(Math.max(0, terms.whole - held))
      for (const { quota, needed, guaranteed } of quotas.values()) {
        expect(quota).toBeGreaterThanOrEqual(needed)
        expect(needed).toBeGreaterThanOrEqual(guaranteed)
      }
    }),
  )
})

test('max-min fair: whose demand is not met has as much as any other beyond its guaranteed minimum, to a step', () => {
  fc.assert(
    fc.property(holders, limits, (all, terms) => {
      const { quotas } = divideLimit(all, terms)
      const unmet = all.filter(
        ({ gatewayId, demand }) => (demand ?? 0) > (quotas.get(gatewayId)?.needed ?? Infinity),
      )
      for (const { gatewayId, demand } of unmet) {
        const mine = quotas.get(gatewayId)?.needed ?? 0
        if (mine >= Math.min(demand ?? 0, terms.whole)) continue
        for (const { needed, guaranteed } of quotas.values()) {
          expect(needed).toBeLessThanOrEqual(Math.max(guaranteed, mine + terms.step))
        }
      }
    }),
  )
})

test('a gateway that alone needs more than its guaranteed minimum gets all but those of the others', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), limits, (count, terms) => {
      const all = Array.from({ length: count }, (_, ordinal): QuotaHolder => {
        return {
          gatewayId: gatewayIdOf(ordinal),
          takesPart: true,
          demand: ordinal === 0 ? 1e6 : 0,
          quota: 0,
          guaranteed: 0,
        }
      })
      const quota = divideLimit(all, terms).quotas.get(gatewayIdOf(0))?.quota ?? 0
      expect(quota).toBeGreaterThan(terms.whole - (count - 1) * guaranteedMinimum(count, terms) - terms.step)
    }),
  )
})

test('the guaranteed minimums are a quarter of the limit, a request a second at least up to 25 gateways, and never more than half', () => {
  const { requests } = restLimits
  expect([1, 2, 3, 5, 10, 25, 50].map((count) => guaranteedMinimum(count, requests))).toEqual([
    240, 120, 80, 40, 20, 20, 10,
  ])
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), limits, (count, terms) => {
      expect(count * guaranteedMinimum(count, terms)).toBeLessThanOrEqual(terms.whole / 2)
    }),
  )
})

test('quiet gateways have half of what nobody needs, each alike', () => {
  const all = [0, 1, 2].map((ordinal): QuotaHolder => ({
    gatewayId: gatewayIdOf(ordinal),
    takesPart: true,
    demand: 0,
    quota: 0,
    guaranteed: 0,
  }))
  const { quotas, left } = divideLimit(all, restLimits.requests)
  expect([...quotas.values()].map(({ quota }) => quota)).toEqual([200, 200, 200])
  expect(left).toBe(760)
})

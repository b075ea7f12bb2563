import { gatewayIdOf } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shareRestLimits } from './share-rest-limits.ts'

const meshes = fc
  .uniqueArray(fc.record({ ordinal: fc.nat(50), guilds: fc.nat(5000) }), {
    selector: ({ ordinal }) => ordinal,
    minLength: 1,
    maxLength: 12,
  })
  .map((gateways) => gateways.map(({ ordinal, guilds }) => ({ gatewayId: gatewayIdOf(ordinal), guilds })))

test('gateways that see the same mesh use the whole limit and no more, and each can call', () => {
  fc.assert(
    fc.property(meshes, (gateways) => {
      const shares = gateways.map(({ gatewayId }) => shareRestLimits(gatewayId, gateways))
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9)
      for (const share of shares) expect(share).toBeGreaterThanOrEqual(0.5 / gateways.length)
    }),
  )
})

test('more guilds never mean a smaller share, whatever the order of the list', () => {
  fc.assert(
    fc.property(meshes, (gateways) => {
      const ranked = gateways.toSorted((a, b) => a.guilds - b.guilds)
      const shares = ranked.map(({ gatewayId }) => shareRestLimits(gatewayId, gateways))
      expect(shares).toEqual(shares.toSorted((a, b) => a - b))
      for (const { gatewayId } of gateways) {
        expect(shareRestLimits(gatewayId, gateways.toReversed())).toBeCloseTo(
          shareRestLimits(gatewayId, gateways),
          9,
        )
      }
    }),
  )
})

test('a gateway alone has all, also before the table names it', () => {
  expect(shareRestLimits(gatewayIdOf(0), [{ gatewayId: gatewayIdOf(0), guilds: 7 }])).toBe(1)
  expect(shareRestLimits(gatewayIdOf(0), [])).toBe(1)
})

test('a newcomer that the table does not name yet leaves room for those it names', () => {
  const others = [1, 2, 3].map((ordinal) => ({ gatewayId: gatewayIdOf(ordinal), guilds: 10 }))
  expect(shareRestLimits(gatewayIdOf(0), others)).toBe(0.125)
})

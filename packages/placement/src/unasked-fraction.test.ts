import { gatewayIdOf } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unaskedFraction } from './unasked-fraction.ts'

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
      const fractions = gateways.map(({ gatewayId }) => unaskedFraction(gatewayId, gateways))
      expect(fractions.reduce((sum, fraction) => sum + fraction, 0)).toBeCloseTo(1, 9)
      for (const fraction of fractions) expect(fraction).toBeGreaterThanOrEqual(0.5 / gateways.length)
    }),
  )
})

test('more guilds never mean a smaller fraction, whatever the order of the list', () => {
  fc.assert(
    fc.property(meshes, (gateways) => {
      const ranked = gateways.toSorted((a, b) => a.guilds - b.guilds)
      const fractions = ranked.map(({ gatewayId }) => unaskedFraction(gatewayId, gateways))
      expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
      for (const { gatewayId } of gateways) {
        expect(unaskedFraction(gatewayId, gateways.toReversed())).toBeCloseTo(
          unaskedFraction(gatewayId, gateways),
          9,
        )
      }
    }),
  )
})

test('a gateway alone has all, also before the table names it', () => {
  expect(unaskedFraction(gatewayIdOf(0), [{ gatewayId: gatewayIdOf(0), guilds: 7 }])).toBe(1)
  expect(unaskedFraction(gatewayIdOf(0), [])).toBe(1)
})

test('a newcomer that the table does not name yet leaves room for those it names', () => {
  const others = [1, 2, 3].map((ordinal) => ({ gatewayId: gatewayIdOf(ordinal), guilds: 10 }))
  expect(unaskedFraction(gatewayIdOf(0), others)).toBe(0.125)
})

import { gatewayIdOf } from '@guildmesh/contracts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rendezvousGateway } from './rendezvous.ts'

const gateways = fc.uniqueArray(fc.nat(50).map(gatewayIdOf), { minLength: 1, maxLength: 12 })
const key = fc.bigInt({ min: 10n ** 16n, max: 2n ** 64n - 1n }).map(String)

test('every process chooses alike, in whatever order it knows the gateways', () => {
  fc.assert(
    fc.property(gateways, key, (known, id) => {
      expect(rendezvousGateway(id, known.toReversed())).toBe(rendezvousGateway(id, known))
    }),
  )
})

test('a gateway that leaves moves only what was its own', () => {
  fc.assert(
    fc.property(gateways, key, (known, id) => {
      const chosen = rendezvousGateway(id, known)
      for (const left of known) {
        if (left === chosen) continue
        const rest = known.filter((gatewayId) => gatewayId !== left)
        expect(rendezvousGateway(id, rest)).toBe(chosen)
      }
    }),
  )
})

test('keys spread over the gateways within a fifth of the average', () => {
  const known = [0, 1, 2, 3].map(gatewayIdOf)
  const counts = new Map<string, number>()
  for (let index = 0n; index < 8000n; index++) {
    const chosen = rendezvousGateway((100_000_000_000_000_000n + index * 4_194_304n).toString(), known)
    counts.set(chosen ?? '', (counts.get(chosen ?? '') ?? 0) + 1)
  }
  for (const count of counts.values()) expect(Math.abs(count - 2000)).toBeLessThan(400)
  expect(counts.size).toBe(4)
})

test('no gateway, no choice', () => {
  expect(rendezvousGateway('100000000000000001', [])).toBeNull()
})

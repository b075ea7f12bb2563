import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rankByRendezvous } from './rendezvous.ts'

const nodes = fc.uniqueArray(
  fc.integer({ min: 0, max: 50 }).map((n) => `gateway-${n}`),
  { minLength: 1 },
)

test('every edge ranks the same nodes alike, in whatever order it knows them', () => {
  fc.assert(
    fc.property(fc.string(), nodes, (key, known) => {
      const ranked = rankByRendezvous(key, known)
      expect(ranked).toEqual(rankByRendezvous(key, known.toReversed()))
      expect(ranked.toSorted()).toEqual(known.toSorted())
    }),
  )
})

test('a node that goes leaves the order of the others as it was', () => {
  fc.assert(
    fc.property(fc.string(), nodes, (key, known) => {
      const gone = known[0] ?? ''
      expect(rankByRendezvous(key, known.slice(1))).toEqual(
        rankByRendezvous(key, known).filter((node) => node !== gone),
      )
    }),
  )
})

test('keys spread over the nodes', () => {
  const first = new Set(
    Array.from({ length: 200 }, (_, key) => rankByRendezvous(`${key}`, ['a', 'b', 'c', 'd'])[0]),
  )
  expect(first.size).toBe(4)
})

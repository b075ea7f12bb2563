import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareEvents } from './compare-events.ts'

const events = fc
  .array(fc.tuple(fc.constantFrom('A', 'B'), fc.nat(3)), { minLength: 1, maxLength: 20 })
  .map((list) => list.map(([event, value]) => ({ event, payloadHash: String(value), sentAt: 0 })))

test('what was sent, applied as sent, has no fault', () => {
  fc.assert(
    fc.property(events, (sent) => {
      expect(compareEvents(sent, sent, 1)).toEqual({
        missing: 0,
        duplicated: 0,
        foreign: 0,
        outOfOrder: 0,
        late: 0,
        firstDifference: null,
      })
    }),
  )
})

test('any one event lost or doubled is counted once, whatever repeats around it', () => {
  fc.assert(
    fc.property(events, fc.nat(), (sent, place) => {
      const index = place % sent.length
      const without = sent.toSpliced(index, 1)
      expect(compareEvents(sent, without, 1)).toMatchObject({ missing: 1, duplicated: 0, foreign: 0 })
      const twice = sent.toSpliced(index, 0, ...sent.slice(index, index + 1))
      expect(compareEvents(sent, twice, 1)).toMatchObject({ missing: 0, duplicated: 1, foreign: 0 })
    }),
  )
})

test('two different neighbours swapped are out of order', () => {
  const sent = ['a', 'b', 'c'].map((payloadHash) => ({ event: 'X', payloadHash, sentAt: 0 }))
  const [first, second, third] = sent
  if (!first || !second || !third) throw new Error('three events were made')
  expect(compareEvents(sent, [second, first, third], 1)).toMatchObject({
    missing: 0,
    duplicated: 0,
    outOfOrder: 1,
  })
})

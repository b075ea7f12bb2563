import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventCount, laneParts } from './lane-parts.ts'

const lane = fc.integer({ min: 1, max: 20 }).map((events) => ({ events: Array.from({ length: events }) }))

test('the parts together are the lanes, none too large but a single large lane, and none needlessly small', () => {
  fc.assert(
    fc.property(fc.array(lane), fc.integer({ min: 1, max: 15 }), (lanes, most) => {
      const parts = laneParts(lanes, most)
      expect(parts.flat()).toEqual(lanes)
      for (const [index, part] of parts.entries()) {
        expect(part.length === 1 || eventCount(part) <= most).toBe(true)
        const next = parts[index + 1]?.[0]
        if (next) expect(eventCount(part) + next.events.length).toBeGreaterThan(most)
      }
    }),
  )
})

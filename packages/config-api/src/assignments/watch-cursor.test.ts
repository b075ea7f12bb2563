import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beforeSnapshot, canResume, formatCursor, parseCursor } from './watch-cursor.ts'

const place = fc.record({ timeline: fc.integer({ min: 1, max: 9 }), revision: fc.nat() })

test('a cursor reads as the place it was made from', () => {
  fc.assert(
    fc.property(place, (at) => {
      expect(parseCursor(formatCursor(at))).toEqual(at)
    }),
  )
})

test('only a place within what is kept of the same timeline can be resumed from', () => {
  const log = { timeline: 2, trimmedThrough: 10, latest: 20 }
  expect([9, 10, 20, 21].map((revision) => canResume({ timeline: 2, revision }, log))).toEqual([
    false,
    true,
    true,
    false,
  ])
  expect(canResume({ timeline: 1, revision: 15 }, log)).toBe(false)
})

test('the cursor of an unfinished snapshot never resumes', () => {
  fc.assert(
    fc.property(place, (at) => {
      const log = { timeline: at.timeline, trimmedThrough: 0, latest: at.revision }
      expect(canResume(parseCursor(beforeSnapshot), log)).toBe(false)
    }),
  )
})

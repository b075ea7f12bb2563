import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ReplayRing } from './replay-ring.ts'

const entry = (seq: number, at = 0) => ({ seq, name: 'X', payloadJson: String(seq), at })

test('a replay is exactly what came after the seq, or nothing at all', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.nat(5_000),
      fc.nat(5_100),
      fc.nat(5_100),
      (size, pushed, seq, trimmed) => {
        const ring = new ReplayRing({ size, ageMs: 1_000 })
        for (let next = 1; next <= pushed; next++) ring.push(entry(next))
        ring.trimTo(Math.min(trimmed, pushed))
        const forgotten = Math.max(0, pushed - size, Math.min(trimmed, pushed))
        const replay = ring.after(seq, 0)
        if (seq < forgotten) expect(replay).toBeNull()
        else {
          const expected = Array.from({ length: Math.max(0, pushed - seq) }, (_, index) => seq + 1 + index)
          expect(replay?.map((sent) => sent.seq)).toEqual(expected)
        }
        expect(ring.length).toBeLessThanOrEqual(size)
      },
    ),
    { numRuns: 60 },
  )
})

test('entries older than the age are forgotten', () => {
  const ring = new ReplayRing({ size: 100, ageMs: 1_000 })
  ring.push(entry(1, 0))
  ring.push(entry(2, 900))
  expect(ring.after(0, 1_000)?.length).toBe(2)
  expect(ring.after(0, 1_001)).toBeNull()
  expect(ring.after(1, 1_001)?.map((sent) => sent.seq)).toEqual([2])
})

test('a stream that nobody resumes keeps no more than its age', () => {
  const ring = new ReplayRing({ size: 50_000, ageMs: 1_000 })
  for (let seq = 1; seq <= 5_000; seq++) ring.push(entry(seq, seq * 10))
  expect(ring.length).toBe(101)
})

import { describe, expect, it } from 'vitest'
import { formatAge, formatAgo, formatDuration, formatUtcDay, formatUtcTime } from './times.ts'

const now = Date.UTC(2026, 10, 21, 14, 30)

describe('a moment in words', () => {
  it.each([
    [0, 'just now'],
    [-4000, 'just now'],
    [45_000, '45 seconds ago'],
    [5 * 60_000, '5 minutes ago'],
    [3 * 3_600_000, '3 hours ago'],
    [24 * 3_600_000, 'yesterday'],
    [9 * 86_400_000, '9 days ago'],
  ])('%i ms before now reads "%s"', (beforeMs, words) => {
    expect(formatAgo(now - beforeMs, now)).toBe(words)
  })
})

it('never says that data is from "just now"', () => {
  expect(formatAge(now - 2000, now)).toBe('a few seconds ago')
  expect(formatAge(now - 20_000, now)).toBe('20 seconds ago')
})

describe('a duration', () => {
  it.each([
    [2.6, '3 ms'],
    [1400, '1.4 s'],
    [120_000, '2 min'],
    [7_200_000, '2 h'],
  ])('of %d ms reads "%s"', (durationMs, words) => {
    expect(formatDuration(durationMs)).toBe(words)
  })
})

it('shows chart times in UTC, wherever the reader is', () => {
  expect(formatUtcDay(now)).toBe('Sat, Nov 21')
  expect(formatUtcTime(now)).toBe('14:30')
})

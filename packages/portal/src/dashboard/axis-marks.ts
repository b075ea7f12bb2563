import type { Interval } from './dashboard-search.ts'

const hour = 3_600_000
const day = 24 * hour

const steps: Readonly<Record<Interval, readonly number[]>> = {
  hour: [1, 2, 3, 6, 12, 24, 48, 96].map((hours) => hours * hour),
  day: [1, 2, 3, 7, 14, 28].map((days) => days * day),
}

/**
 * The intervals that get a label on the time axis: as many as fit, on whole multiples of a readable step. Days are
 * counted back from the last one, so that today always has its label.
 * @param starts starts of all intervals, epoch milliseconds, rising
 * @param most labels that fit
 */
export function axisMarks(starts: readonly number[], interval: Interval, most: number): readonly number[] {
  const last = starts.at(-1)
  if (last === undefined) return []
  const candidates = steps[interval]
  for (const step of candidates) {
    const marks = starts.filter((start) =>
      interval === 'hour' ? start % step === 0 : (last - start) % step === 0,
    )
    if (marks.length <= Math.max(1, most)) return marks
  }
  return [last]
}

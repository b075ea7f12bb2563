import { formatUtcDay, formatUtcTime } from '../format/times.ts'
import type { Interval } from './dashboard-search.ts'

/** An interval of the chart in words; `start` in epoch milliseconds. */
export function bucketName(start: number, interval: Interval): string {
  return interval === 'hour' ? `${formatUtcDay(start)}, ${formatUtcTime(start)}` : formatUtcDay(start)
}

import type { Interval, Lookback } from './dashboard-search.ts'

const hour = 3_600_000
const day = 24 * hour

const lengths: Readonly<Record<Lookback, number>> = {
  '24h': day,
  '7d': 7 * day,
  '14d': 14 * day,
  '30d': 30 * day,
  '90d': 90 * day,
}

/** A window of activity as the API takes it: epoch milliseconds, `to` exclusive. */
export interface Window {
  readonly from: number
  readonly to: number
  readonly interval: Interval
}

/** The window of the chart: whole UTC hours or days, up to the one that is running. */
export function chartWindow(lookback: Lookback, interval: Interval, now: number): Window {
  return endingWith(interval === 'hour' ? hour : day, lookback, interval, now)
}

/**
 * The window of the figures: it ends with the running hour, even if the chart shows days. Compared over whole
 * days, a morning would look like a collapse beside the full days before.
 */
export function figuresWindow(lookback: Lookback, interval: Interval, now: number): Window {
  return endingWith(hour, lookback, interval, now)
}

function endingWith(step: number, lookback: Lookback, interval: Interval, now: number): Window {
  const to = (Math.floor(now / step) + 1) * step
  return { from: to - lengths[lookback], to, interval }
}

/**
 * How long to wait between two reads of the same window, in milliseconds: a long one is dearer for the gateway,
 * and changes less.
 */
export function refetchGapMs(lookback: Lookback): number {
  return lookback === '24h' || lookback === '7d' ? 5000 : 15_000
}

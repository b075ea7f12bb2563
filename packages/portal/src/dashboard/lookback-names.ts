import type { Lookback } from './dashboard-search.ts'

/** A lookback in words, to follow "the last" or "the … before". */
export const lookbackNames: Readonly<Record<Lookback, string>> = {
  '24h': '24 hours',
  '7d': '7 days',
  '14d': '14 days',
  '30d': '30 days',
  '90d': '90 days',
}

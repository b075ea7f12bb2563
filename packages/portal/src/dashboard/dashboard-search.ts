import type { PortalInputs } from '../api/portal-types.ts'

export type Interval = PortalInputs['guild']['activity']['interval']

/** How far the dashboard looks back, longest last. */
export const lookbacks = ['24h', '7d', '14d', '30d', '90d'] as const
export type Lookback = (typeof lookbacks)[number]

/** What the address says; what it leaves out has its default. */
export interface DashboardSearch {
  readonly lookback?: Lookback
  readonly interval?: Interval
  readonly view?: 'table'
}

/** What the dashboard shows. */
export interface DashboardView {
  readonly lookback: Lookback
  readonly interval: Interval
  readonly view: 'chart' | 'table'
}

const defaultLookback: Lookback = '14d'

/** Intervals that give a lookback a readable number of bars, the preferred one first. */
const intervals: Readonly<Record<Lookback, readonly Interval[]>> = {
  '24h': ['hour'],
  '7d': ['day', 'hour'],
  '14d': ['day', 'hour'],
  '30d': ['day'],
  '90d': ['day'],
}

/** Reads an address's search; what it does not know, it leaves out. */
export function readDashboardSearch(raw: Record<string, unknown>): DashboardSearch {
  const { interval, view } = raw
  const lookback = lookbacks.find((known) => known === raw['lookback'])
  return {
    ...(lookback ? { lookback } : {}),
    ...(interval === 'hour' || interval === 'day' ? { interval } : {}),
    ...(view === 'table' ? { view } : {}),
  }
}

/** Fills in the defaults; an interval that does not suit the lookback gives way. */
export function dashboardView(search: DashboardSearch): DashboardView {
  const lookback = search.lookback ?? defaultLookback
  const suited = suitedIntervals(lookback)
  const interval = suited.find((each) => each === search.interval) ?? suited[0] ?? 'day'
  return { lookback, interval, view: search.view ?? 'chart' }
}

export function suitedIntervals(lookback: Lookback): readonly Interval[] {
  return intervals[lookback]
}

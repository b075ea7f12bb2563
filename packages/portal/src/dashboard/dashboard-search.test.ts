import { expect, it } from 'vitest'
import { dashboardView, lookbacks, readDashboardSearch, suitedIntervals } from './dashboard-search.ts'

it('shows fourteen days by day if the address says nothing', () => {
  expect(dashboardView(readDashboardSearch({}))).toEqual({ lookback: '14d', interval: 'day', view: 'chart' })
})

it('shows what the address says', () => {
  const search = readDashboardSearch({ lookback: '7d', interval: 'hour', view: 'table' })
  expect(dashboardView(search)).toEqual({ lookback: '7d', interval: 'hour', view: 'table' })
})

it.each([{ lookback: '3y' }, { lookback: 14 }, { interval: 'minute' }, { view: '<script>' }, { other: 'x' }])(
  'ignores %j',
  (raw) => {
    expect(readDashboardSearch(raw)).toEqual({})
  },
)

it('never draws a lookback with an interval that does not suit it', () => {
  for (const lookback of lookbacks) {
    for (const interval of ['hour', 'day'] as const) {
      expect(suitedIntervals(lookback)).toContain(dashboardView({ lookback, interval }).interval)
    }
  }
})

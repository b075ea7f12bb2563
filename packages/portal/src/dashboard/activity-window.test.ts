import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chartWindow, figuresWindow } from './activity-window.ts'
import { lookbacks, suitedIntervals } from './dashboard-search.ts'

const hour = 3_600_000
const day = 24 * hour
const now = Date.UTC(2026, 10, 21, 14, 30)

describe('the window of the chart', () => {
  it('ends with the running hour, or with the running UTC day', () => {
    expect(chartWindow('24h', 'hour', now)).toEqual({
      from: Date.UTC(2026, 10, 20, 15),
      to: Date.UTC(2026, 10, 21, 15),
      interval: 'hour',
    })
    expect(chartWindow('7d', 'day', now)).toEqual({
      from: Date.UTC(2026, 10, 15),
      to: Date.UTC(2026, 10, 22),
      interval: 'day',
    })
  })
})

const view = fc
  .constantFrom(...lookbacks)
  .chain((lookback) => fc.tuple(fc.constant(lookback), fc.constantFrom(...suitedIntervals(lookback))))
const time = fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2100, 0) })

it('every window holds now, starts and ends on its step, and is one that the API takes', () => {
  fc.assert(
    fc.property(view, time, ([lookback, interval], at) => {
      const chart = chartWindow(lookback, interval, at)
      const figures = figuresWindow(lookback, interval, at)
      for (const window of [chart, figures]) {
        expect(window.from).toBeLessThanOrEqual(at)
        expect(window.to).toBeGreaterThan(at)
        expect(window.to - window.from).toBeLessThanOrEqual(92 * day)
      }
      expect(chart.to % (interval === 'hour' ? hour : day)).toBe(0)
      expect(figures.to % hour).toBe(0)
      expect(figures.to - at).toBeLessThanOrEqual(hour)
    }),
  )
})

it('an hourly chart and its figures are one window, so that they are read once', () => {
  expect(figuresWindow('7d', 'hour', now)).toEqual(chartWindow('7d', 'hour', now))
})

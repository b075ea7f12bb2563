import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { throttled } from './throttled.ts'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

it('acts at once, then at most once in each gap, and never forgets the last wish', () => {
  const act = vi.fn()
  const refetch = throttled(act, 5000)
  refetch.wish()
  expect(act).toHaveBeenCalledTimes(1)
  for (let i = 0; i < 10; i++) {
    vi.advanceTimersByTime(400)
    refetch.wish()
  }
  expect(act).toHaveBeenCalledTimes(1)
  vi.advanceTimersByTime(1000)
  expect(act).toHaveBeenCalledTimes(2)
  vi.advanceTimersByTime(60_000)
  expect(act).toHaveBeenCalledTimes(2)
  refetch.wish()
  expect(act).toHaveBeenCalledTimes(3)
})

it('does nothing more once cancelled', () => {
  const act = vi.fn()
  const refetch = throttled(act, 5000)
  refetch.wish()
  refetch.wish()
  refetch.cancel()
  vi.advanceTimersByTime(60_000)
  expect(act).toHaveBeenCalledTimes(1)
  expect(vi.getTimerCount()).toBe(0)
})

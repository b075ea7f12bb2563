import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { startBudget } from './interaction-budget.ts'

const clock = { now: () => Date.now(), monotonicMs: () => Date.now() }
beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('the budget counts from the first byte, not from when the body was read', async () => {
  const firstByteAt = clock.monotonicMs()
  await vi.advanceTimersByTimeAsync(800)
  using budget = startBudget(firstByteAt, clock, null)
  expect(budget.call.remainingMs()).toBe(1500)
  await vi.advanceTimersByTimeAsync(1499)
  expect(budget.call.signal.aborted).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  await expect(budget.spent).rejects.toMatchObject({
    failure: { kind: 'DeadlineExceeded', budgetMs: 2300 },
  })
  expect(budget.call.signal.aborted).toBe(true)
  expect(budget.call.remainingMs()).toBe(0)
})

test('an answered interaction leaves no timer behind', () => {
  startBudget(clock.monotonicMs(), clock, null)[Symbol.dispose]()
  expect(vi.getTimerCount()).toBe(0)
})

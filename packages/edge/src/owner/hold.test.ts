import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { waitFor } from './hold.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function routes() {
  const listeners = new Set<() => void>()
  let isOver = false
  return {
    listeners,
    isOver: () => isOver,
    onChange: (listener: () => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    change(over: boolean) {
      isOver = over
      for (const listener of listeners) listener()
    },
  }
}

test('a wait ends at its time, at once when what it waits for comes true, or with the call; and leaves nothing behind', async () => {
  const gone = new AbortController()
  for (const end of ['time', 'change', 'abort'] as const) {
    const table = routes()
    let ended = false
    const waiting = waitFor({ waitMs: 100, signal: gone.signal, ...table }).then(() => {
      ended = true
      return ended
    })
    table.change(false)
    await vi.advanceTimersByTimeAsync(99)
    expect(ended).toBe(false)
    if (end === 'time') await vi.advanceTimersByTimeAsync(1)
    if (end === 'change') table.change(true)
    if (end === 'abort') gone.abort()
    await waiting
    expect(table.listeners.size).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  }
})

test('nothing is waited for that is true already', async () => {
  const table = routes()
  table.change(true)
  await waitFor({ waitMs: 100, signal: new AbortController().signal, ...table })
  expect(vi.getTimerCount()).toBe(0)
})

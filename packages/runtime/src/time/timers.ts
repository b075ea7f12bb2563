import type { Clock } from './clock.ts'

/** What waits, and the clock by which it waits. Tests pass time by hand (`ManualTime` of `@guildmesh/runtime/testing`). */
export interface Timers extends Pick<Clock, 'monotonicMs'> {
  /**
   * Calls back once, never before this function has returned.
   * @param afterMs 0 or less: after the current turn of the event loop
   * @returns cancels it; harmless afterwards
   */
  after(afterMs: number, callback: () => void): () => void
}

/** Node fires at once what is set further ahead. */
const longestMs = 2 ** 31 - 1

export const systemTimers: Timers = timersOf(() => {})

/** Timers that do not keep the process running when nothing else does. */
export const backgroundTimers: Timers = timersOf((timer) => void timer.unref())

function timersOf(prepare: (timer: NodeJS.Timeout | NodeJS.Immediate) => void): Timers {
  return {
    monotonicMs: () => performance.now(),
    after(afterMs, callback) {
      if (afterMs <= 0) {
        const immediate = setImmediate(callback)
        prepare(immediate)
        return () => clearImmediate(immediate)
      }
      const timeout = setTimeout(callback, Math.min(afterMs, longestMs))
      prepare(timeout)
      return () => clearTimeout(timeout)
    },
  }
}

/** Resolves after a time, or as soon as the signal aborts: whoever waits looks at the signal next. Never rejects. */
export function sleep(ms: number, signal: AbortSignal, timers: Timers = systemTimers): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = () => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = timers.after(ms, end)
    signal.addEventListener('abort', end, { once: true })
  })
}

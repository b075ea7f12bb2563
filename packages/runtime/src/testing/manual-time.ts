import type { Clock } from '../time/clock.ts'
import type { Timers } from '../time/timers.ts'

interface Timer {
  readonly dueAtMs: number
  readonly callback: () => void
}

/** Time that passes only when a test says so. Wall time and monotonic time are the same number. */
export class ManualTime implements Clock, Timers {
  #nowMs: number
  readonly #timers = new Set<Timer>()

  constructor(startMs = 0) {
    this.#nowMs = startMs
  }

  now(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  /** Timers that have been set and are not yet due. */
  get pending(): number {
    return this.#timers.size
  }

  after(afterMs: number, callback: () => void): () => void {
    const timer = { dueAtMs: this.#nowMs + Math.max(0, afterMs), callback }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /**
   * Lets time pass. What becomes due runs in order of its time, and promises settle after each; what waits for a socket
   * or a disk does not.
   * @param ms 0: only what is due now
   */
  async advance(ms = 0): Promise<void> {
    const untilMs = this.#nowMs + ms
    await settle()
    for (let timer = this.#next(untilMs); timer; timer = this.#next(untilMs)) {
      this.#timers.delete(timer)
      this.#nowMs = timer.dueAtMs
      timer.callback()
      await settle()
    }
    this.#nowMs = untilMs
  }

  #next(untilMs: number): Timer | null {
    const [first] = [...this.#timers].toSorted((a, b) => a.dueAtMs - b.dueAtMs)
    return first && first.dueAtMs <= untilMs ? first : null
  }
}

/** Promises that wait for nothing else are settled after this. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A timer that can be called off; `cancel` after it fired does nothing. */
export interface SimTimer {
  cancel(): void
}

/**
 * The only source of time in the simulator. Every limit that Discord expresses in time (heartbeats,
 * 3 s interactions, rate-limit windows, session age) reads this clock, so a test can move it by hand.
 */
export interface SimClock {
  /** Epoch milliseconds. */
  now(): number
  /** Calls `run` once, not before `delayMs` have passed. Never keeps the process alive. */
  after(delayMs: number, run: () => void): SimTimer
  /** Calls `run` every `periodMs` until cancelled. */
  every(periodMs: number, run: () => void): SimTimer
}

/** The machine's clock. */
export const realClock: SimClock = {
  now: () => Date.now(),
  after: (delayMs, run) => {
    const handle = setTimeout(run, delayMs).unref()
    return { cancel: () => clearTimeout(handle) }
  },
  every: (periodMs, run) => {
    const handle = setInterval(run, periodMs).unref()
    return { cancel: () => clearInterval(handle) }
  },
}

interface PendingTimer {
  at: number
  order: number
  periodMs: number | null
  run: () => void
}

/** A clock that stands still until `advance` is called. Timers fire in the order of their due times. */
export class VirtualClock implements SimClock {
  #now: number
  #order = 0
  readonly #pending = new Set<PendingTimer>()

  constructor(startMs = Date.UTC(2026, 0, 15, 12)) {
    this.#now = startMs
  }

  now(): number {
    return this.#now
  }

  after(delayMs: number, run: () => void): SimTimer {
    return this.#add(delayMs, null, run)
  }

  every(periodMs: number, run: () => void): SimTimer {
    return this.#add(periodMs, periodMs, run)
  }

  /** Moves time forward by `ms`, firing every timer that falls due on the way, each at its own time. */
  advance(ms: number): void {
    const target = this.#now + ms
    for (;;) {
      const next = this.#earliestUntil(target)
      if (!next) break
      this.#now = Math.max(this.#now, next.at)
      if (next.periodMs === null) this.#pending.delete(next)
      else next.at += next.periodMs
      next.run()
    }
    this.#now = target
  }

  #add(delayMs: number, periodMs: number | null, run: () => void): SimTimer {
    const timer = { at: this.#now + Math.max(0, delayMs), order: this.#order++, periodMs, run }
    this.#pending.add(timer)
    return { cancel: () => void this.#pending.delete(timer) }
  }

  #earliestUntil(target: number): PendingTimer | undefined {
    let best: PendingTimer | undefined
    for (const timer of this.#pending) {
      if (timer.at > target) continue
      if (!best || timer.at < best.at || (timer.at === best.at && timer.order < best.order)) best = timer
    }
    return best
  }
}

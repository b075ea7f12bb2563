import type { SimClock } from '../clock.ts'

export interface IdentifyLimits {
  /** IDENTIFYs a window over all shards. Discord: 1,000 a day. */
  total: number
  windowMs: number
  /** Shards whose ids differ modulo this may identify at once. */
  maxConcurrency: number
  /** One IDENTIFY a rate-limit key in this time. Discord: 5 s. */
  perKeyMs: number
}

export type IdentifyVerdict = 'ok' | 'concurrency' | 'exhausted'

/** Counts IDENTIFYs as Discord does: per rate-limit key and per day. */
export class IdentifyBudget {
  readonly limits: IdentifyLimits
  readonly #clock: SimClock
  readonly #lastByKey = new Map<number, number>()
  #windowStart: number
  #used = 0

  constructor(limits: IdentifyLimits, clock: SimClock) {
    this.limits = limits
    this.#clock = clock
    this.#windowStart = clock.now()
  }

  /** Takes one IDENTIFY for a shard, or says why it may not. A refused one costs nothing. */
  take(shardId: number): IdentifyVerdict {
    this.#roll()
    const key = shardId % this.limits.maxConcurrency
    const last = this.#lastByKey.get(key)
    if (last !== undefined && this.#clock.now() - last < this.limits.perKeyMs) return 'concurrency'
    if (this.#used >= this.limits.total) return 'exhausted'
    this.#lastByKey.set(key, this.#clock.now())
    this.#used += 1
    return 'ok'
  }

  /** Another client of the same token takes so many, as far as there are any. */
  spendElsewhere(count: number): void {
    this.#roll()
    this.#used = Math.min(this.limits.total, this.#used + count)
  }

  /** The `session_start_limit` of `GET /gateway/bot`. */
  describe(): { total: number; remaining: number; reset_after: number; max_concurrency: number } {
    this.#roll()
    return {
      total: this.limits.total,
      remaining: Math.max(0, this.limits.total - this.#used),
      reset_after: this.#used === 0 ? 0 : this.#windowStart + this.limits.windowMs - this.#clock.now(),
      max_concurrency: this.limits.maxConcurrency,
    }
  }

  #roll(): void {
    const now = this.#clock.now()
    if (now - this.#windowStart < this.limits.windowMs && this.#used > 0) return
    this.#windowStart = now
    this.#used = 0
  }
}

import { createHash } from 'node:crypto'
import type { SimClock } from '../clock.ts'
import { RateLimited } from './rate-limited.ts'
import type { RateRule, RestReply } from './route.ts'

export interface RateVerdict {
  headers: Record<string, string>
  /** Set where the request must not run. */
  refused: RestReply | null
}

function bucketOf(operation: string, rule: RateRule): string {
  return createHash('md5')
    .update(rule.bucket ?? operation)
    .digest('hex')
}

interface Window {
  used: number
  endsAt: number
}

const defaultRule: RateRule = { limit: 20, windowMs: 1_000 }
const invalidWindowMs = 10 * 60_000

export interface RateLimits {
  /** Requests a second of the whole bot. Discord: 50. */
  globalPerSecond: number
  /** 401, 403 and 429 answers in ten minutes before the address is blocked. Discord: 10,000. */
  invalidPerTenMinutes: number
  /** False switches all limits off; the headers stay. */
  enforced: boolean
}

/** Buckets, the global limit and the block for invalid requests, with Discord's headers. */
export class RateLimiter {
  readonly #clock: SimClock
  readonly #limits: RateLimits
  readonly #skewMs: () => number
  readonly #windows = new Map<string, Window>()
  /** Interactions and webhooks each have a bucket of their own: past ones go once there are so many. */
  #sweepAt = 10_000
  #invalid: Window = { used: 0, endsAt: 0 }
  /** 429s given, by scope, for the report. */
  readonly refusals = { user: 0, global: 0, shared: 0, blocked: 0 }

  constructor(clock: SimClock, limits: RateLimits, skewMs: () => number) {
    this.#clock = clock
    this.#limits = limits
    this.#skewMs = skewMs
  }

  /** Answers 401, 403 and 429 (not shared) count towards the block. */
  countInvalid(): void {
    this.#invalid = this.#current(this.#invalid, invalidWindowMs)
    this.#invalid.used += 1
  }

  get invalidRequests(): number {
    return this.#current(this.#invalid, invalidWindowMs).used
  }

  /** Discord's edge refuses everything, without JSON, once an address made too many invalid requests. */
  blocked(): RestReply | null {
    const window = this.#current(this.#invalid, invalidWindowMs)
    if (!this.#limits.enforced || window.used < this.#limits.invalidPerTenMinutes) return null
    this.refusals.blocked += 1
    const seconds = Math.ceil((window.endsAt - this.#clock.now()) / 1_000)
    return { status: 429, headers: { 'retry-after': String(seconds) }, body: 'error code: 1015' }
  }

  /**
   * Counts one request against the caller's bucket and the caller's global limit: limits "apply per-route but for a
   * particular user", also through OAuth2 (https://github.com/discord/discord-api-docs/issues/647).
   */
  take(
    caller: string,
    operation: string,
    major: string,
    rule: RateRule = defaultRule,
    isExempt = false,
  ): RateVerdict {
    const now = this.#clock.now()
    const bucket = bucketOf(operation, rule)
    const key = `${caller}:${bucket}:${major}`
    const window = this.#current(this.#windows.get(key), rule.windowMs)
    this.#windows.set(key, window)
    const globalKey = `${caller}:global`
    const global = this.#current(this.#windows.get(globalKey), 1_000)
    if (!isExempt) this.#windows.set(globalKey, global)
    if (this.#windows.size > this.#sweepAt) this.#sweep(now)
    if (!isExempt && this.#limits.enforced && global.used >= this.#limits.globalPerSecond) {
      const limited = new RateLimited({ scope: 'global', waitMs: global.endsAt - now })
      return { headers: {}, refused: this.refuse(limited) }
    }
    const isOver = window.used >= rule.limit && this.#limits.enforced
    if (!isOver) {
      window.used += 1
      if (!isExempt) global.used += 1
    }
    const headers = this.#headers(bucket, rule, window)
    const limited = new RateLimited({ scope: 'user', waitMs: window.endsAt - now })
    return { headers, refused: isOver ? this.refuse(limited) : null }
  }

  /** The headers of a route's bucket as it stands, for an answer that does not count. */
  headersOf(
    caller: string,
    operation: string,
    major: string,
    rule: RateRule = defaultRule,
  ): Record<string, string> {
    const bucket = bucketOf(operation, rule)
    return this.#headers(
      bucket,
      rule,
      this.#current(this.#windows.get(`${caller}:${bucket}:${major}`), rule.windowMs),
    )
  }

  /**
   * What a 429 has beside the headers of the route's bucket, which a global one has not.
   * Source: https://docs.discord.com/developers/topics/rate-limits#exceeding-a-rate-limit
   */
  refuse({ scope, waitMs, code, message }: RateLimited): RestReply {
    this.refusals[scope] += 1
    const seconds = Math.max(0.001, Math.ceil(waitMs) / 1_000)
    return {
      status: 429,
      headers: {
        'retry-after': String(Math.ceil(seconds)),
        'x-ratelimit-scope': scope,
        ...(scope === 'global' ? { 'x-ratelimit-global': 'true' } : {}),
      },
      body: {
        message,
        retry_after: seconds,
        global: scope === 'global',
        ...(code === undefined ? {} : { code }),
      },
    }
  }

  #headers(bucket: string, rule: RateRule, window: Window): Record<string, string> {
    return {
      'x-ratelimit-limit': String(rule.limit),
      'x-ratelimit-remaining': String(Math.max(0, rule.limit - window.used)),
      'x-ratelimit-reset': ((window.endsAt + this.#skewMs()) / 1_000).toFixed(3),
      'x-ratelimit-reset-after': (Math.max(0, window.endsAt - this.#clock.now()) / 1_000).toFixed(3),
      'x-ratelimit-bucket': bucket,
    }
  }

  #sweep(now: number): void {
    for (const [key, window] of this.#windows) if (window.endsAt <= now) this.#windows.delete(key)
    this.#sweepAt = Math.max(10_000, this.#windows.size * 2)
  }

  #current(window: Window | undefined, lengthMs: number): Window {
    const now = this.#clock.now()
    return window && window.endsAt > now ? window : { used: 0, endsAt: now + lengthMs }
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { RESTOptions } from '@discordjs/rest'
import type { Clock } from '../owner/clock.ts'
import type { OwnerLog } from '../owner/owner-log.ts'
import type { Counter, Gauge, MetricsPort } from '../owner/owner-metrics.ts'
import {
  type CallPermission,
  type InvalidHistory,
  isInvalid,
  permittedCalls,
  spentInvalid,
  withInvalid,
} from './invalid-requests.ts'
import { nextStart, type Pace } from './send-pace.ts'

/** The request was not sent: this gateway's part of the bot's rate limit is used up for a while. */
export class HeldBackError extends Error {
  readonly retryAfterMs: number

  constructor(retryAfterMs: number) {
    super(`held back by this gateway's part of the global rate limit for ${Math.round(retryAfterMs)} ms`)
    this.name = 'HeldBackError'
    this.retryAfterMs = retryAfterMs
  }
}

type MakeRequest = RESTOptions['makeRequest']

/** A longer wait for a slot is not spent inside the request, whose time limit is running. Milliseconds. */
const longestWaitMs = 2000
/** Not under the global limit: https://discord.com/developers/docs/interactions/receiving-and-responding */
const exemptRoute = /\/api(\/v\d+)?\/(interactions|webhooks)\//

/** This gateway's part of the limits that Discord sets for the whole bot, whichever gateway calls. */
export class RestBudget {
  readonly #options: {
    readonly share: () => number
    readonly clock: Clock
    readonly log: OwnerLog
  }
  readonly #answers: Counter
  readonly #spent: Gauge
  readonly #heldBack: Counter
  #pace: Pace = 0
  #invalid: InvalidHistory = []
  #permission: CallPermission = 'all'

  constructor(options: {
    /** This gateway's fraction of the bot's limits, (0, 1]. */
    readonly share: () => number
    readonly clock: Clock
    readonly log: OwnerLog
    readonly metrics: MetricsPort
  }) {
    this.#options = options
    this.#answers = options.metrics.counter('rest_invalid_requests_total', 'Answers 401, 403 and 429', [
      'status',
    ])
    this.#heldBack = options.metrics.counter(
      'rest_held_back_total',
      'Requests put off by the global rate limit',
    )
    this.#spent = options.metrics.gauge(
      'rest_invalid_budget_spent',
      "Spent part of this gateway's invalid requests of ten minutes",
    )
  }

  /** Whether a call may be made now, as far as invalid requests go. */
  permits(call: { readonly essential: boolean }): boolean {
    const permission = this.#permissionNow()
    return permission === 'all' || (permission === 'essential' && call.essential)
  }

  /** A way of making requests that keeps the pace and counts what comes back. */
  guard(makeRequest: MakeRequest): MakeRequest {
    return async (url, init) => {
      if (!exemptRoute.test(url)) await this.#slot(init.signal ?? undefined)
      const answer = await makeRequest(url, init)
      if (isInvalid(answer.status, answer.headers.get('x-ratelimit-scope'))) this.#count(answer.status)
      return answer
    }
  }

  async #slot(signal: AbortSignal | undefined): Promise<void> {
    const { clock, share } = this.#options
    const now = clock.monotonicMs()
    const next = nextStart(this.#pace, share(), now)
    const waitMs = next.startsAt - now
    if (waitMs > longestWaitMs) {
      this.#heldBack.inc({})
      throw new HeldBackError(waitMs)
    }
    this.#pace = next.pace
    if (waitMs <= 0) return
    try {
      await sleep(waitMs, undefined, { signal })
    } catch {
      // Given up while it waited: nothing was sent.
      throw new HeldBackError(waitMs)
    }
  }

  #count(status: number): void {
    this.#answers.inc({ status })
    this.#invalid = withInvalid(this.#invalid, this.#options.clock.monotonicMs())
    this.#permissionNow()
  }

  #permissionNow(): CallPermission {
    const { clock, share, log } = this.#options
    const spent = spentInvalid(this.#invalid, share(), clock.monotonicMs())
    this.#spent.set({}, spent)
    const permission = permittedCalls(spent)
    if (permission !== this.#permission) {
      const fields = { permission, before: this.#permission, spent }
      if (permission === 'all') log.info(fields, 'Discord calls of all kinds are made again')
      else
        log.error(fields, 'too many calls are refused; Discord would block this address, so fewer are made')
      this.#permission = permission
    }
    return permission
  }
}

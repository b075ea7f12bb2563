import type { RESTOptions } from '@discordjs/rest'
import type { Clock, Counter, Gauge, LogPort, MetricsPort } from '@guildmesh/runtime'
import {
  type CallPermission,
  type InvalidHistory,
  invalidLately,
  isInvalid,
  permittedCalls,
  withInvalid,
} from './invalid-requests.ts'
import type { RestQuotas, RestUsage } from './rest-lease.ts'
import { afterStart, earliestStart, idlePace, requestsPerSecond, startsLately } from './send-pace.ts'

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
/** What was held back comes again by then: the quota may have grown. Milliseconds. */
const longestRetryMs = 4000
/** How often what waits looks whether the quota has changed, milliseconds. */
const lookEveryMs = 100
/** Not under the global limit: https://docs.discord.com/developers/interactions/receiving-and-responding */
const exemptRoute = /\/api(\/v\d+)?\/(interactions|webhooks)\//

/** A request that waits for its slot. */
interface Waiting {
  readonly since: number
  go(): void
  giveUp(): void
}

/** Keeps this gateway within its quotas of the limits that Discord sets for the whole bot. */
export class RestBudget {
  readonly #options: {
    readonly quotas: RestQuotas
    readonly clock: Clock
    readonly log: LogPort
  }
  readonly #answers: Counter
  readonly #spent: Gauge
  readonly #heldBack: Counter
  readonly #waited: Counter
  #pace = idlePace
  #queue: Waiting[] = []
  #timer: NodeJS.Timeout | undefined
  #heldBackAt: number[] = []
  #invalid: InvalidHistory = []
  #permission: CallPermission = 'all'

  constructor(options: {
    readonly quotas: RestQuotas
    readonly clock: Clock
    readonly log: LogPort
    readonly metrics: MetricsPort
  }) {
    this.#options = options
    this.#answers = options.metrics.counter('rest_invalid_requests_total', 'Answers 401, 403 and 429', [
      'status',
    ])
    this.#heldBack = options.metrics.counter(
      'rest_held_back_total',
      "Requests put off by this gateway's quota of the global rate limit",
    )
    this.#waited = options.metrics.counter(
      'rest_waited_total',
      "Requests that waited for this gateway's quota of the global rate limit",
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

  /** What was used of the limits, and could be. */
  usage(): RestUsage {
    const now = this.#options.clock.monotonicMs()
    this.#heldBackAt = this.#heldBackAt.filter((at) => at > now - longestWaitMs)
    return {
      started: startsLately(this.#pace, now),
      waiting: this.#queue.length + this.#heldBackAt.length,
      invalid: invalidLately(this.#invalid, now),
    }
  }

  async #slot(signal: AbortSignal | undefined): Promise<void> {
    const { clock, quotas } = this.#options
    const now = clock.monotonicMs()
    const quota = quotas.requests()
    const startsAt = earliestStart(this.#pace, quota, now)
    if (this.#queue.length === 0 && startsAt <= now) {
      this.#pace = afterStart(this.#pace, quota, now)
      return
    }
    const ahead = this.#queue.length
    const waitMs = startsAt - now + (ahead === 0 ? 0 : (ahead * 1000) / requestsPerSecond(quota))
    if (waitMs > longestWaitMs) {
      this.#heldBackAt.push(now)
      throw this.#holdBack(waitMs)
    }
    this.#waited.inc({})
    await this.#wait(now, signal)
  }

  #holdBack(waitMs: number): HeldBackError {
    this.#heldBack.inc({})
    return new HeldBackError(Math.min(Math.max(0, waitMs), longestRetryMs))
  }

  async #wait(since: number, signal: AbortSignal | undefined): Promise<void> {
    const slot = Promise.withResolvers<void>()
    const waiting: Waiting = {
      since,
      go: () => slot.resolve(),
      // Given up while it waited: nothing was sent.
      giveUp: () => slot.reject(this.#holdBack(longestWaitMs)),
    }
    const abort = () => {
      this.#queue = this.#queue.filter((other) => other !== waiting)
      waiting.giveUp()
    }
    this.#queue.push(waiting)
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted) abort()
    this.#startDue()
    try {
      await slot.promise
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Starts what may start, in the order in which it came. The quota is asked at each start: it may have changed. */
  #startDue(): void {
    clearTimeout(this.#timer)
    const { clock, quotas } = this.#options
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      const now = clock.monotonicMs()
      const quota = quotas.requests()
      const waitMs = earliestStart(this.#pace, quota, now) - now
      if (waitMs > 0 && now - next.since <= longestWaitMs + lookEveryMs) {
        this.#timer = setTimeout(() => this.#startDue(), Math.min(Math.ceil(waitMs), lookEveryMs))
        return
      }
      this.#queue.shift()
      if (waitMs > 0) {
        next.giveUp()
      } else {
        this.#pace = afterStart(this.#pace, quota, now)
        next.go()
      }
    }
  }

  #count(status: number): void {
    this.#answers.inc({ status })
    this.#invalid = withInvalid(this.#invalid, this.#options.clock.monotonicMs())
    this.#permissionNow()
  }

  #permissionNow(): CallPermission {
    const { clock, quotas, log } = this.#options
    const lately = invalidLately(this.#invalid, clock.monotonicMs())
    const spent = lately === 0 ? 0 : lately / Math.max(1, quotas.invalid())
    this.#spent.set({}, spent)
    const permission = permittedCalls(spent)
    if (permission !== this.#permission) {
      const fields = { event: 'rest-permission-changed', permission, before: this.#permission, spent }
      if (permission === 'all') log.info(fields, 'Discord calls of all kinds are made again')
      else
        log.error(fields, 'too many calls are refused; Discord would block this address, so fewer are made')
      this.#permission = permission
    }
    return permission
  }
}

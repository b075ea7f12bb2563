import { randomUUID } from 'node:crypto'
import type { RestGrant, RestReport } from '@guildmesh/contracts'
import { guaranteedMinimum, type RestLimit, restLimits } from '@guildmesh/placement'
import type { Clock, Gauge, MetricsPort } from '@guildmesh/runtime'

/** What this gateway may use now of the limits that Discord sets for the whole bot. */
export interface RestQuotas {
  /** Thousandths of 50 requests a second. */
  requests(): number
  /** Answers 401, 403 and 429 in ten minutes. */
  invalid(): number
}

/** What this gateway has used of the limits, and could use. */
export interface RestUsage {
  /** Requests started within the last second. */
  readonly started: number
  /** Requests that wait for a slot, or were put off lately for want of one. */
  readonly waiting: number
  /** Answers 401, 403 and 429 that may still count. */
  readonly invalid: number
}

/** The whole of both limits: for a gateway that is known to be the only one. */
export const wholeLimits: RestQuotas = {
  requests: () => restLimits.requests.whole,
  invalid: () => restLimits.invalid.whole,
}

/** The largest number that a report may hold. */
const mostUnits = 1_000_000
/** Demand falls by this factor a heartbeat, so that a lull of a second costs no quota. */
const demandDecay = 0.8
/** Beyond what is spent, so that a storm meets a greater quota before it meets the end of this one. */
const invalidMargin = { factor: 1.25, more: 200 }

/**
 * This gateway's quotas, leased from the config API with the heartbeats. A quota is held from before the heartbeat was
 * sent, on this process's monotonic clock; a gateway that hears nothing more goes on with its guaranteed minimums.
 */
export class RestLease implements RestQuotas {
  readonly #options: { readonly clock: Clock; readonly gateways: () => number }
  readonly #processId = randomUUID()
  readonly #quota: Gauge
  readonly #demand: Gauge
  #beat = 0
  #grant: (RestGrant & { readonly until: number }) | null = null
  #unleased = false
  #peak = 0

  constructor(options: {
    readonly clock: Clock
    /** How many gateways of the mesh are not offline, for a config API that leases no quotas. */
    readonly gateways: () => number
    readonly metrics: MetricsPort
  }) {
    this.#options = options
    this.#quota = options.metrics.gauge(
      'rest_quota_held',
      "Part of Discord's bot-wide limit that this gateway may use; 1 is all of it",
      ['limit'],
    )
    this.#demand = options.metrics.gauge(
      'rest_demand',
      "Part of Discord's bot-wide limit that this gateway could use; 1 is all of it",
      ['limit'],
    )
  }

  requests(): number {
    return this.#held('requests')
  }

  invalid(): number {
    return this.#held('invalid')
  }

  /** What the next heartbeat says. From then on the answer to the one before is not heeded. */
  report(usage: RestUsage): RestReport {
    this.#beat += 1
    const { step } = restLimits.requests
    this.#peak = Math.max(usage.started + usage.waiting, this.#peak * demandDecay)
    const demands = {
      requests: this.#peak * step,
      invalid: usage.invalid === 0 ? 0 : usage.invalid * invalidMargin.factor + invalidMargin.more,
    }
    const of = (limit: RestLimit, used: number) => ({
      demand: units(demands[limit]),
      holds: units(Math.max(used, this.#held(limit))),
      guaranteed: units(this.#guaranteed(limit)),
    })
    for (const limit of ['requests', 'invalid'] as const) {
      const { whole } = restLimits[limit]
      this.#quota.set({ limit }, this.#held(limit) / whole)
      this.#demand.set({ limit }, demands[limit] / whole)
    }
    return {
      processId: this.#processId,
      beat: this.#beat,
      requests: of('requests', usage.started * step),
      invalid: of('invalid', usage.invalid),
    }
  }

  /** The answer to the latest heartbeat. @param sentAtMs when that was about to be sent, on the monotonic clock */
  answered(grant: RestGrant | undefined, sentAtMs: number): void {
    if (grant) this.#grant = { ...grant, until: sentAtMs + grant.quotaTtlMs }
    this.#unleased = grant === undefined && this.#grant === null
  }

  #held(limit: RestLimit): number {
    if (this.#grant && this.#options.clock.monotonicMs() < this.#grant.until) return this.#grant[limit].quota
    return this.#guaranteed(limit)
  }

  #guaranteed(limit: RestLimit): number {
    if (this.#grant) return this.#grant[limit].guaranteed
    // An older config API counts on each gateway taking its part by itself; a guaranteed minimum is less than that part.
    return this.#unleased ? guaranteedMinimum(Math.max(1, this.#options.gateways()), restLimits[limit]) : 0
  }
}

function units(amount: number): number {
  return Math.min(mostUnits, Math.ceil(amount))
}

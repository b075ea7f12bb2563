import { isFailure, MeshError } from '@guildmesh/contracts'
import {
  type Clock,
  constantBackoff,
  type LogPort,
  type Pause,
  type Timers,
  Worker,
} from '@guildmesh/runtime'
import type { ShardInput } from './protocol/shard-state.ts'
import { decideReserved, isUnanswered } from './reserved-permit.ts'
import type { ShardMetrics } from './shard-metrics.ts'
import type { HolderClaim, IdentifyBudgetPort } from './shard-ports.ts'

export interface PermitSourceOptions {
  readonly claim: () => HolderClaim
  readonly identify: IdentifyBudgetPort
  readonly maxConcurrency: number
  readonly shardCount: number
  /** The time of the whole mesh, epoch milliseconds; `null`: not known. */
  readonly meshNowMs: () => number | null
  /** Generation of the session to resume; 0: none. */
  readonly usedGeneration: number
  /** The config API says that the lease is another's. */
  readonly onLost: () => void
  readonly clock: Clock
  readonly log: LogPort
  readonly metrics: Pick<ShardMetrics, 'reserved' | 'identifiedByReservation'>
  readonly timers?: Timers
}

/** A permit, or when to ask again. */
export type PermitAnswer = Extract<ShardInput, { readonly type: 'permit' | 'no-permit' }>

/** A reservation is not urgent while the session goes on; a spent budget gets free only slowly. */
const retryMs = { unanswered: 5000, refused: 300_000 } as const
/** A minute at the most, so that a budget that was raised is noticed. */
const askAgain = { defaultMs: 2000, minMs: 250, maxMs: 60_000 } as const

/** Where a shard gets its permits to IDENTIFY: from the config API, or, while that is away, from the one permit it has in reserve. */
export class PermitSource {
  readonly #options: PermitSourceOptions
  #reserved: number | null = null
  #used: number
  #unansweredSinceMs: number | null = null
  readonly #reservations: Worker
  #stopped = false

  constructor(options: PermitSourceOptions) {
    this.#options = options
    this.#used = options.usedGeneration
    this.#reservations = new Worker({
      work: () => this.#reserve(),
      firstPauseMs: null,
      backoff: constantBackoff(retryMs.unanswered),
      onFailure: (error) => this.#reportUnreserved(error),
      timers: options.timers,
    })
    void this.#reservations.run()
  }

  /** Generation of the permit in reserve; `null`: none. */
  get reserved(): number | null {
    return this.#reserved
  }

  /** Asks the config API. While that is away, the permit in reserve serves. */
  async request(): Promise<PermitAnswer> {
    const { claim, identify, maxConcurrency } = this.#options
    try {
      const permit = await identify.permit({ ...claim(), maxConcurrency, usedGeneration: this.#used })
      this.#unansweredSinceMs = null
      this.#use(permit.generation)
      return { type: 'permit', ...permit }
    } catch (error) {
      return this.#useReserved(error) ?? this.#notYet(error)
    }
  }

  /** The shard has its session: sees to it that a permit is in reserve for the next one. */
  keep(): void {
    if (this.#reserved === null) this.#reservations.wake()
  }

  stop(): void {
    this.#stopped = true
    void this.#reservations.stop()
    this.#options.metrics.reserved(this.#options.claim().shardId, false)
  }

  /** @returns the permit in reserve; `null`: there is none, or this is not its time */
  #useReserved(error: unknown): PermitAnswer | null {
    const { claim, maxConcurrency, shardCount, meshNowMs, clock, log, metrics } = this.#options
    const nowMs = clock.monotonicMs()
    this.#unansweredSinceMs = isUnanswered(error) ? (this.#unansweredSinceMs ?? nowMs) : null
    const { shardId } = claim()
    const decision = decideReserved({
      reserved: this.#reserved,
      used: this.#used,
      shardId,
      maxConcurrency,
      shardCount,
      meshNowMs: meshNowMs(),
      unansweredMs: this.#unansweredSinceMs === null ? 0 : nowMs - this.#unansweredSinceMs,
    })
    if (decision.do === 'ask-again') return null
    const { generation, waitMs } = decision
    log.warn(
      { event: 'reserved-permit-used', shardId, generation, waitMs },
      'the config API is away: the session begins with the permit that was reserved for this',
    )
    metrics.identifiedByReservation(shardId)
    this.#unansweredSinceMs = null
    this.#use(generation)
    return { type: 'permit', generation, waitMs }
  }

  #notYet(error: unknown): PermitAnswer {
    const { claim, onLost, log } = this.#options
    const retryAfterMs = retryAfter(error)
    log.warn(
      { event: 'permit-not-granted', shardId: claim().shardId, retryAfterMs, err: error },
      'IDENTIFY permit not granted yet',
    )
    if (isFailure(error, 'StaleEpoch')) onLost()
    return { type: 'no-permit', retryAfterMs }
  }

  /** @returns pause until the next try, which a new session cuts short */
  async #reserve(): Promise<Pause> {
    if (this.#reserved !== null) return null
    const { claim, identify, metrics } = this.#options
    try {
      const { generation } = await identify.reserve({ ...claim(), usedGeneration: this.#used })
      // What began while the answer was under way would be followed by an older session.
      if (generation > this.#used) this.#reserved = generation
      // A gauge that is set after the end would stand for ever.
      if (!this.#stopped) metrics.reserved(claim().shardId, this.#reserved !== null)
      return null
    } catch (error) {
      this.#reportUnreserved(error)
      return isUnanswered(error) ? retryMs.unanswered : retryMs.refused
    }
  }

  #reportUnreserved(error: unknown): void {
    const { claim, log } = this.#options
    log.debug(
      { event: 'permit-not-reserved', shardId: claim().shardId, err: error },
      'could not reserve a session permit; retrying',
    )
  }

  #use(generation: number): void {
    this.#used = Math.max(this.#used, generation)
    if (this.#reserved !== null && this.#reserved <= this.#used) this.#reserved = null
    this.#options.metrics.reserved(this.#options.claim().shardId, this.#reserved !== null)
  }
}

/** When to ask again after a refusal, milliseconds. */
function retryAfter(error: unknown): number {
  const failure = error instanceof MeshError ? error.failure : null
  const afterMs = failure && 'retryAfterMs' in failure ? failure.retryAfterMs : askAgain.defaultMs
  return Math.min(askAgain.maxMs, Math.max(askAgain.minMs, afterMs))
}

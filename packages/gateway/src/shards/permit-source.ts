import type { GatewayId, Incarnation, SessionPermit } from '@guildmesh/contracts'
import type { Clock, LogPort } from '@guildmesh/runtime'
import { decideReserved, isUnanswered } from './reserved-permit.ts'
import type { ShardLeasesPort } from './shard-leases-port.ts'
import type { ShardMetrics } from './shard-metrics.ts'

export interface PermitSourceOptions {
  readonly claim: () => {
    readonly gatewayId: GatewayId
    readonly incarnation: Incarnation
    readonly shardId: number
    readonly epoch: number
  }
  readonly leases: Pick<ShardLeasesPort, 'permit' | 'reserve'>
  readonly maxConcurrency: number
  readonly shardCount: number
  /** The time of the whole mesh, epoch milliseconds; `null`: not known. */
  readonly meshNowMs: () => number | null
  /** Generation of the session to resume; 0: none. */
  readonly usedGeneration: number
  readonly clock: Clock
  readonly log: LogPort
  readonly metrics: Pick<ShardMetrics, 'reserved' | 'identifiedByReservation'>
  readonly retryMs?: { readonly unanswered: number; readonly refused: number }
}

/** A reservation is no hurry while the session lives; a spent budget gets free only slowly. */
const defaultRetryMs = { unanswered: 5000, refused: 300_000 }

/** Where a shard gets leave to IDENTIFY: from the config API, or, while that is away, from the one permit it has in reserve. */
export class PermitSource {
  readonly #options: PermitSourceOptions
  #reserved: number | null = null
  #used: number
  #unansweredSinceMs: number | null = null
  #timer: NodeJS.Timeout | undefined
  #isAsking = false
  #stopped = false

  constructor(options: PermitSourceOptions) {
    this.#options = options
    this.#used = options.usedGeneration
  }

  /** Generation of the permit in reserve; `null`: none. */
  get reserved(): number | null {
    return this.#reserved
  }

  /** @throws where there is none to be had now */
  async request(): Promise<SessionPermit> {
    const { claim, leases, maxConcurrency, shardCount, meshNowMs, clock } = this.#options
    try {
      const permit = await leases.permit({ ...claim(), maxConcurrency, usedGeneration: this.#used })
      this.#unansweredSinceMs = null
      this.#use(permit.generation)
      return permit
    } catch (error) {
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
      if (decision.do === 'ask-again') throw error
      const { generation, waitMs } = decision
      this.#options.log.warn(
        { shardId, generation, waitMs },
        'the config API is away: the session begins with the permit that was reserved for this',
      )
      this.#options.metrics.identifiedByReservation(shardId)
      this.#unansweredSinceMs = null
      this.#use(generation)
      return { generation, waitMs }
    }
  }

  /** The shard has its session: sees to it that a permit is in reserve for the next one. */
  keep(): void {
    if (this.#reserved !== null || this.#isAsking || this.#stopped) return
    clearTimeout(this.#timer)
    this.#isAsking = true
    void this.#reserve().finally(() => {
      this.#isAsking = false
    })
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#options.metrics.reserved(this.#options.claim().shardId, false)
  }

  async #reserve(): Promise<void> {
    const { claim, leases, log, metrics, retryMs = defaultRetryMs } = this.#options
    const { shardId } = claim()
    try {
      const { generation } = await leases.reserve({ ...claim(), usedGeneration: this.#used })
      // What began while the answer was under way would be followed by an older session.
      if (generation > this.#used) this.#reserved = generation
      // A gauge that is set after the end would stand for ever.
      if (!this.#stopped) metrics.reserved(shardId, this.#reserved !== null)
    } catch (error) {
      log.debug({ shardId, err: error }, 'no session permit could be reserved')
      this.#again(isUnanswered(error) ? retryMs.unanswered : retryMs.refused)
    }
  }

  #again(afterMs: number): void {
    if (!this.#stopped) this.#timer = setTimeout(() => this.keep(), afterMs)
  }

  #use(generation: number): void {
    this.#used = Math.max(this.#used, generation)
    if (this.#reserved !== null && this.#reserved <= this.#used) this.#reserved = null
    this.#options.metrics.reserved(this.#options.claim().shardId, this.#reserved !== null)
  }
}

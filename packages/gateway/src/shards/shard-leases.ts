import type { GatewayId, Incarnation, LeaseTerms, RenewShardsInput, ShardLease } from '@guildmesh/contracts'
import { afterRenewal, type Lease, leaseTiming, mayAct, noLease } from '@guildmesh/placement'
import type { Clock, LogPort } from '@guildmesh/runtime'
import type { z } from 'zod'
import { afterSample, type ClockOffsetEstimate, meshNowMs } from './clock-offset-estimate.ts'
import type { ShardLeasePort } from './shard-ports.ts'

export interface ShardLeasesOptions {
  readonly self: { readonly gatewayId: GatewayId; readonly incarnation: () => Incarnation }
  readonly port: ShardLeasePort
  readonly clock: Clock
  readonly log: LogPort
}

type Held = z.output<typeof RenewShardsInput>['held']

/** How long the config API may keep a question for shards open, milliseconds. */
const acquireWaitMs = 1500

/** This gateway's leases of shards, as the config API grants them, and the time of the mesh that comes with them. */
export class ShardLeases {
  readonly #options: ShardLeasesOptions
  #lease: Lease = noLease
  #terms: LeaseTerms = leaseTiming
  #clockOffset: ClockOffsetEstimate | null = null

  constructor(options: ShardLeasesOptions) {
    this.#options = options
  }

  /** Whether the leases let the holder act now, by the local monotonic clock. */
  mayHold(): boolean {
    return mayAct(this.#lease, this.#options.clock.monotonicMs())
  }

  /** The time of the whole mesh, epoch milliseconds; `null` before the config API has told it. */
  meshNowMs(): number | null {
    return this.#clockOffset && meshNowMs(this.#clockOffset, this.#options.clock.monotonicMs())
  }

  get renewEveryMs(): number {
    return this.#terms.renewEveryMs
  }

  /**
   * Waits a while for shards that are free, up to this gateway's quota.
   * @param holdsNone asked when the answer is there: no shard is held, so that no renewal keeps the leases
   */
  async acquire(shardCount: number, holdsNone: () => boolean): Promise<readonly ShardLease[]> {
    const { port, clock, log } = this.#options
    const sentAtMs = clock.monotonicMs()
    try {
      const reply = await port.acquire({ ...this.#self(), shardCount, waitMs: acquireWaitMs })
      this.#terms = reply.lease
      if (holdsNone()) this.#granted(sentAtMs, reply.lease)
      if (reply.shardCount !== shardCount) {
        log.warn(
          { event: 'other-shard-count', ours: shardCount, fixed: reply.shardCount },
          'the mesh runs with another number of shards than this gateway would choose; it keeps to that of the mesh',
        )
      }
      return reply.acquired
    } catch (error) {
      log.debug({ event: 'shards-not-acquired', err: error }, 'could not ask the config API for shard leases')
      return []
    }
  }

  /**
   * Renews the leases.
   * @returns those that are lost, and shards to hand over; `null`: the config API did not answer
   */
  async renew(held: Held): Promise<{ readonly lost: Held; readonly handOver: readonly number[] } | null> {
    const { port, clock, log } = this.#options
    const sentAtMs = clock.monotonicMs()
    try {
      const { lease, kept, handOver, nowMs } = await port.renew({ ...this.#self(), held })
      this.#terms = lease
      this.#granted(sentAtMs, lease)
      if (nowMs !== null) {
        const answeredAtMs = clock.monotonicMs()
        this.#clockOffset = afterSample(this.#clockOffset, { sentAtMs, answeredAtMs, meshMs: nowMs })
      }
      const keptEpochs = new Map(kept.map(({ shardId, epoch }) => [shardId, epoch]))
      return { lost: held.filter(({ shardId, epoch }) => keptEpochs.get(shardId) !== epoch), handOver }
    } catch (error) {
      log.debug({ event: 'shards-not-renewed', err: error }, 'could not renew the shard leases')
      this.#lease = afterRenewal(this.#lease, { kind: 'unreachable', sentAtMs })
      return null
    }
  }

  /** Gives a lease back that was never used. */
  async giveBack({ shardId, epoch, session }: ShardLease): Promise<void> {
    await this.#options.port.release({ ...this.#self(), shardId, epoch, session, reserved: null })
  }

  /** So that what is handed over goes to others, and does not wait until this gateway counts as gone. */
  async leave(): Promise<void> {
    const { port, log } = this.#options
    try {
      await port.leave(this.#self())
    } catch (error) {
      log.debug(
        { event: 'leave-not-told', err: error },
        'could not tell the config API that this gateway leaves its shards',
      )
    }
  }

  #granted(sentAtMs: number, { leaseTtlMs }: LeaseTerms): void {
    this.#lease = afterRenewal(this.#lease, { kind: 'granted', sentAtMs, leaseTtlMs })
  }

  #self(): { readonly gatewayId: GatewayId; readonly incarnation: Incarnation } {
    const { gatewayId, incarnation } = this.#options.self
    return { gatewayId, incarnation: incarnation() }
  }
}

import {
  isFailure,
  type GatewayId,
  type Incarnation,
  type ParkedChanges,
  type ShardSession,
} from '@guildmesh/contracts'
import type { ShardSessions } from '@guildmesh/guild-store'
import type { Clock, LogPort } from '@guildmesh/runtime'
import type { ParkedMarks } from '../delivery/parked-marks.ts'
import { CheckpointWriter, type ShardProgress } from './checkpoint-writer.ts'
import type { CheckpointPort, ShardLeasePort } from './shard-ports.ts'
import type { ShardMetrics } from './shard-metrics.ts'

export interface ShardRecordOptions {
  readonly claim: () => {
    readonly gatewayId: GatewayId
    readonly incarnation: Incarnation
    readonly shardId: number
    readonly epoch: number
  }
  readonly checkpoint: CheckpointPort
  readonly lease: Pick<ShardLeasePort, 'release'>
  readonly sessions: ShardSessions
  readonly marks: ParkedMarks
  /** Where to RESUME, by what is durable or parked now. */
  readonly session: () => ShardSession | null
  /** The config API has it. */
  readonly onStored: (session: ShardSession | null, parked: ParkedChanges | null) => void
  /** The config API says that the lease is another's. */
  readonly onLost: () => void
  readonly clock: Clock
  readonly log: LogPort
  readonly metrics: Pick<ShardMetrics, 'stored'>
}

/** The resume checkpoint may lag the low watermark by this and the time of one call: 250 ms in all. */
const commitDelayMs = 150

/** What is stored of a shard for whoever holds it next: at the config API, and on this gateway's own volume. */
export class ShardRecord {
  readonly #options: ShardRecordOptions
  readonly #checkpoints: CheckpointWriter

  constructor(options: ShardRecordOptions) {
    const { claim, checkpoint, marks, onStored, onLost, log, metrics } = options
    this.#options = options
    this.#checkpoints = new CheckpointWriter({
      delayMs: commitDelayMs,
      current: () => this.#progress(),
      commit: async ({ session, parked }) => {
        this.#keep(session)
        await checkpoint.store({ ...claim(), session, ...(parked ? { parked } : {}) })
        if (parked) marks.stored(parked)
        onStored(session, parked)
      },
      clock: options.clock,
      onStored: (lagMs) => metrics.stored(claim().shardId, lagMs),
      onFailure: (error) => {
        if (isFailure(error, 'StaleEpoch')) onLost()
        else log.debug({ shardId: claim().shardId, err: error }, 'could not store the resume checkpoint')
      },
    })
  }

  /** The seq may have risen, or lanes were parked. */
  changed(): void {
    this.#checkpoints.changed()
  }

  /** A session began or ended: stored at once. */
  now(): void {
    this.#checkpoints.now()
  }

  /** Ends; resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    await this.#checkpoints.stop()
  }

  /**
   * Gives the lease back, with everything that the next holder needs. To be called after `stop`.
   * @param reserved generation of the permit in reserve, which goes on to the next holder
   */
  async release(reserved: number | null): Promise<void> {
    const { claim, lease, onStored } = this.#options
    const { session, parked } = this.#progress()
    this.#keep(session)
    await lease.release({ ...claim(), session, reserved, ...(parked ? { parked } : {}) })
    onStored(session, parked)
  }

  #progress(): ShardProgress {
    return { session: this.#options.session(), parked: this.#options.marks.changes() }
  }

  /** On the own volume first: it is there while the config API is not. */
  #keep(session: ShardSession | null): void {
    const { sessions, claim, log } = this.#options
    const { shardId } = claim()
    try {
      sessions.save(shardId, session)
    } catch (error) {
      log.error({ shardId, err: error }, 'where to resume could not be stored on the own volume')
    }
  }
}

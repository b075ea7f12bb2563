import { isFailure, type ParkedChanges, type ShardSession } from '@guildmesh/contracts'
import type { ShardSessions } from '@guildmesh/guild-store'
import type { Clock, LogPort, Timers } from '@guildmesh/runtime'
import type { ParkedMarks } from '../delivery/parked-marks.ts'
import type { SessionProgress } from '../delivery/session-progress.ts'
import { CheckpointWriter, type ShardCheckpoint } from './checkpoint-writer.ts'
import type { ShardMetrics } from './shard-metrics.ts'
import type { CheckpointPort, HolderClaim, ShardLeasePort } from './shard-ports.ts'

export interface ShardRecordOptions {
  readonly claim: () => HolderClaim
  readonly checkpoint: CheckpointPort
  readonly lease: Pick<ShardLeasePort, 'release'>
  /** On this gateway's own volume. */
  readonly sessions: ShardSessions
  readonly progress: Pick<SessionProgress, 'checkpoint' | 'stored'>
  readonly marks: ParkedMarks
  /** The config API knows these changes of parked lanes. */
  readonly onParkedStored: (parked: ParkedChanges) => void
  /** The config API says that the lease is another's. */
  readonly onLost: () => void
  readonly clock: Clock
  readonly timers: Timers
  readonly log: LogPort
  readonly metrics: Pick<ShardMetrics, 'stored'>
}

/** The resume checkpoint may lag the low watermark by this and the time of one call: 250 ms in all. */
const storeDelayMs = 150

/** What is stored of a shard for whoever holds it next: at the config API, and on this gateway's own volume. */
export class ShardRecord {
  readonly #options: ShardRecordOptions
  readonly #checkpoints: CheckpointWriter

  constructor(options: ShardRecordOptions) {
    const { claim, clock, timers, metrics } = options
    this.#options = options
    this.#checkpoints = new CheckpointWriter({
      delayMs: storeDelayMs,
      current: () => this.#current(),
      store: (checkpoint) => this.#store(checkpoint),
      onStored: (lagMs) => metrics.stored(claim().shardId, lagMs),
      onFailure: (error) => this.#notStored(error),
      clock,
      timers,
    })
  }

  /** The low watermark may have risen, or lanes were parked. */
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
    const { claim, lease, onParkedStored } = this.#options
    const { session, parked } = this.#current()
    this.#keep(session)
    await lease.release({ ...claim(), session, reserved, ...(parked ? { parked } : {}) })
    if (parked) onParkedStored(parked)
  }

  #current(): ShardCheckpoint {
    const { progress, marks } = this.#options
    return { session: progress.checkpoint, parked: marks.changes() }
  }

  async #store({ session, parked }: ShardCheckpoint): Promise<void> {
    const { claim, checkpoint, marks, progress, onParkedStored } = this.#options
    this.#keep(session)
    await checkpoint.store({ ...claim(), session, ...(parked ? { parked } : {}) })
    if (session) progress.stored(session)
    if (!parked) return
    marks.stored(parked)
    onParkedStored(parked)
  }

  /** On the own volume first: it is there while the config API is not. */
  #keep(session: ShardSession | null): void {
    const { sessions, claim, log } = this.#options
    const { shardId } = claim()
    try {
      sessions.save(shardId, session)
    } catch (error) {
      log.error(
        { event: 'checkpoint-not-kept', shardId, err: error },
        'could not store the resume checkpoint on the own volume',
      )
    }
  }

  #notStored(error: unknown): void {
    const { claim, log, onLost } = this.#options
    if (isFailure(error, 'StaleEpoch')) onLost()
    else {
      log.debug(
        { event: 'checkpoint-not-stored', shardId: claim().shardId, err: error },
        'could not store the resume checkpoint; retrying',
      )
    }
  }
}

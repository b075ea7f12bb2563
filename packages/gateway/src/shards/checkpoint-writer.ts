import type { ParkedChanges, ShardSession } from '@guildmesh/contracts'
import { type Clock, constantBackoff, type Pause, type Timers, Worker } from '@guildmesh/runtime'

/** What a successor must know: where to RESUME, and what became of the parked lanes that this seq has passed. */
export interface ShardCheckpoint {
  readonly session: ShardSession | null
  /** `null`: nothing has changed. */
  readonly parked: ParkedChanges | null
}

export interface CheckpointWriterOptions {
  /** Stores it, all or nothing; rejects if it could not. */
  readonly store: (checkpoint: ShardCheckpoint) => Promise<void>
  /** What is to be stored now, at one moment. */
  readonly current: () => ShardCheckpoint
  readonly onFailure: (error: unknown) => void
  /** @param lagMs how old the oldest change is that is stored now */
  readonly onStored: (lagMs: number) => void
  readonly clock: Clock
  /** Longest time between a change and its being sent, milliseconds. */
  readonly delayMs: number
  readonly timers?: Timers
}

/** Stores what changed of a shard within a moment: one call under way, changes in between joined. */
export class CheckpointWriter {
  readonly #options: CheckpointWriterOptions
  readonly #worker: Worker
  /** When the first change came that no store under way has, monotonic milliseconds. */
  #dirtySinceMs: number | null = null
  /** Last session that is known to be stored, as text. */
  #stored: string | null = null

  constructor(options: CheckpointWriterOptions) {
    this.#options = options
    this.#worker = new Worker({
      work: () => this.#store(),
      firstPauseMs: null,
      backoff: constantBackoff(options.delayMs),
      onFailure: options.onFailure,
      timers: options.timers,
    })
    void this.#worker.run()
  }

  /** Something may have changed. */
  changed(): void {
    this.#dirtySinceMs ??= this.#options.clock.monotonicMs()
    this.#worker.wake(this.#options.delayMs)
  }

  /** A session began or ended: stored at once. */
  now(): void {
    this.#dirtySinceMs ??= this.#options.clock.monotonicMs()
    this.#worker.wake()
  }

  /** Ends; resolves when nothing is under way any more. */
  stop(): Promise<void> {
    return this.#worker.drain()
  }

  /** @returns pause until the next try, which a session that begins or ends cuts short */
  async #store(): Promise<Pause> {
    const { clock, store, current, delayMs, onFailure, onStored } = this.#options
    const checkpoint = current()
    const dirtySinceMs = this.#dirtySinceMs
    this.#dirtySinceMs = null
    const text = JSON.stringify(checkpoint.session)
    if (text === this.#stored && !checkpoint.parked) return null
    try {
      await store(checkpoint)
    } catch (error) {
      this.#dirtySinceMs = dirtySinceMs
      onFailure(error)
      return delayMs
    }
    this.#stored = text
    if (dirtySinceMs !== null) onStored(clock.monotonicMs() - dirtySinceMs)
    return null
  }
}

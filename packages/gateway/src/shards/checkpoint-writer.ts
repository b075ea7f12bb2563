import type { ParkedChanges, ShardSession } from '@guildmesh/contracts'
import type { Clock } from '@guildmesh/runtime'

/** What a successor must know: where to RESUME, and what became of the parked lanes that this seq has passed. */
export interface ShardProgress {
  readonly session: ShardSession | null
  /** `null`: nothing has changed. */
  readonly parked: ParkedChanges | null
}

export interface CheckpointWriterOptions {
  /** Stores it, all or nothing; rejects where it could not. */
  readonly commit: (progress: ShardProgress) => Promise<void>
  /** What is to be stored now, at one moment. */
  readonly current: () => ShardProgress
  readonly onFailure: (error: unknown) => void
  /** @param lagMs how old the oldest change is that is stored now */
  readonly onStored: (lagMs: number) => void
  readonly clock: Clock
  /** Longest time between a change and its being sent, milliseconds. */
  readonly delayMs: number
}

/** Keeps what is stored of a shard at most a moment behind: one commit under way, changes in between joined. */
export class CheckpointWriter {
  readonly #options: CheckpointWriterOptions
  #timer: NodeJS.Timeout | undefined
  #underWay: Promise<void> | null = null
  /** When the first change came that no store under way has, monotonic milliseconds. */
  #dirtySinceMs: number | null = null
  #stopped = false
  /** Last session that is known to be stored, as text. */
  #stored: string | null = null

  constructor(options: CheckpointWriterOptions) {
    this.#options = options
  }

  /** Something may have changed. */
  changed(): void {
    if (this.#stopped) return
    this.#dirtySinceMs ??= this.#options.clock.monotonicMs()
    if (this.#timer || this.#underWay) return
    this.#timer = setTimeout(() => this.#start(), this.#options.delayMs)
  }

  /** A session began or ended: stored at once. */
  now(): void {
    if (this.#stopped) return
    this.#dirtySinceMs ??= this.#options.clock.monotonicMs()
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#start()
  }

  /** Ends; resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#underWay
  }

  #start(): void {
    this.#timer = undefined
    if (this.#underWay || this.#stopped) return
    this.#underWay = this.#commit().finally(() => {
      this.#underWay = null
      if (this.#dirtySinceMs !== null) this.changed()
    })
  }

  async #commit(): Promise<void> {
    const progress = this.#options.current()
    const { clock, commit, onFailure, onStored } = this.#options
    const dirtySinceMs = this.#dirtySinceMs
    this.#dirtySinceMs = null
    const text = JSON.stringify(progress.session)
    if (text === this.#stored && !progress.parked) return
    try {
      await commit(progress)
      this.#stored = text
      if (dirtySinceMs !== null) onStored(clock.monotonicMs() - dirtySinceMs)
    } catch (error) {
      this.#dirtySinceMs = dirtySinceMs
      onFailure(error)
    }
  }
}

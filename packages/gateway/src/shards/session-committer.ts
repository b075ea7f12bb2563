import type { ShardSession } from '@guildmesh/contracts'

export interface SessionCommitterOptions {
  /** Stores where to RESUME; rejects where it could not. */
  readonly commit: (session: ShardSession | null) => Promise<void>
  /** What is to be stored now; `undefined`: nothing yet. */
  readonly current: () => ShardSession | null | undefined
  readonly onFailure: (error: unknown) => void
  /** Longest time between a change and its being sent, milliseconds. */
  readonly delayMs: number
}

/** Keeps the stored session of a shard at most a moment behind: one commit under way, changes in between joined. */
export class SessionCommitter {
  readonly #options: SessionCommitterOptions
  #timer: NodeJS.Timeout | undefined
  #underWay: Promise<void> | null = null
  #dirty = false
  #stopped = false
  /** Last state that is known to be stored, as text. */
  #stored: string | null = null

  constructor(options: SessionCommitterOptions) {
    this.#options = options
  }

  /** Something may have changed. */
  changed(): void {
    if (this.#stopped) return
    this.#dirty = true
    if (this.#timer || this.#underWay) return
    this.#timer = setTimeout(() => this.#start(), this.#options.delayMs)
  }

  /** A session began or ended: stored at once. */
  now(): void {
    if (this.#stopped) return
    this.#dirty = true
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
      if (this.#dirty) this.changed()
    })
  }

  async #commit(): Promise<void> {
    const session = this.#options.current()
    this.#dirty = false
    if (session === undefined) return
    const text = JSON.stringify(session)
    if (text === this.#stored) return
    try {
      await this.#options.commit(session)
      this.#stored = text
    } catch (error) {
      this.#dirty = true
      this.#options.onFailure(error)
    }
  }
}

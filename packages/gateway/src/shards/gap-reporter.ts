import type { GapInput } from '@guildmesh/contracts'

/** What a holder knows of a gap in its shard's stream. */
export type ReportedGap = Pick<GapInput, 'guildId' | 'after' | 'before' | 'reason' | 'guilds' | 'undelivered'>

export interface GapReporterOptions {
  /** Writes to the ledger, where repeating it is harmless; rejects where it could not. */
  readonly record: (gap: ReportedGap) => Promise<unknown>
  readonly onFailure: (gap: ReportedGap, error: unknown) => void
  readonly retryMs?: number
}

/** Writes gaps to the ledger, one after another, each until it is written: the config API may be away. */
export class GapReporter {
  readonly #options: GapReporterOptions
  readonly #waiting: ReportedGap[] = []
  #timer: NodeJS.Timeout | undefined
  #underWay: Promise<void> | null = null
  #stopped = false

  constructor(options: GapReporterOptions) {
    this.#options = options
  }

  report(gap: ReportedGap): void {
    this.#waiting.push(gap)
    this.#go()
  }

  /** Ends; resolves when nothing is under way. The end of a session is in the ledger even where this was too early. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#underWay
  }

  #go(): void {
    if (this.#underWay || this.#timer || this.#stopped) return
    this.#underWay = this.#write().finally(() => {
      this.#underWay = null
      if (this.#waiting.length > 0) this.#go()
    })
  }

  async #write(): Promise<void> {
    for (let gap = this.#waiting[0]; gap; gap = this.#waiting[0]) {
      try {
        await this.#options.record(gap)
        this.#waiting.shift()
      } catch (error) {
        this.#options.onFailure(gap, error)
        if (this.#stopped) return
        this.#timer = setTimeout(() => {
          this.#timer = undefined
          this.#go()
        }, this.#options.retryMs ?? 2000)
        return
      }
    }
  }
}

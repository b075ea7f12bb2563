import type { GapInput } from '@guildmesh/contracts'
import { constantBackoff, type Timers, Worker } from '@guildmesh/runtime'

/** What a holder knows of a gap in its shard's stream. */
export type ReportedGap = Pick<GapInput, 'guildId' | 'after' | 'before' | 'reason' | 'guilds' | 'undelivered'>

export interface GapReporterOptions {
  /** Writes to the ledger, where repeating it is harmless; rejects where it could not. */
  readonly record: (gap: ReportedGap) => Promise<unknown>
  readonly onFailure: (gap: ReportedGap, error: unknown) => void
  readonly timers?: Timers
}

const backoff = constantBackoff(2000)

/** Writes gaps to the ledger, one after another, each until it is written: the config API may be away. */
export class GapReporter {
  readonly #record: GapReporterOptions['record']
  readonly #waiting: ReportedGap[] = []
  readonly #worker: Worker

  constructor({ record, onFailure, timers }: GapReporterOptions) {
    this.#record = record
    this.#worker = new Worker({
      work: () => this.#write(),
      firstPauseMs: null,
      backoff,
      onFailure: (error) => {
        const [gap] = this.#waiting
        if (gap) onFailure(gap, error)
      },
      timers,
    })
    void this.#worker.run()
  }

  report(gap: ReportedGap): void {
    this.#waiting.push(gap)
    this.#worker.wake()
  }

  /** Ends; resolves when nothing is under way. The end of a session is in the ledger even where this was too early. */
  stop(): Promise<void> {
    return this.#worker.drain()
  }

  async #write(): Promise<null> {
    for (let gap = this.#waiting[0]; gap; gap = this.#waiting[0]) {
      await this.#record(gap)
      this.#waiting.shift()
    }
    return null
  }
}

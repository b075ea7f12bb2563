import type { DataLossInput } from '@guildmesh/contracts'
import { constantBackoff, type Timers, Worker } from '@guildmesh/runtime'

/** What a holder knows of a data loss of its shard. */
export type ReportedLoss = Pick<
  DataLossInput,
  'guildId' | 'after' | 'before' | 'reason' | 'guilds' | 'undelivered'
>

export interface GapReporterOptions {
  /** Writes to the ledger, where repeating it is harmless; rejects if it could not. */
  readonly record: (loss: ReportedLoss) => Promise<unknown>
  readonly onFailure: (loss: ReportedLoss, error: unknown) => void
  readonly timers?: Timers
}

const backoff = constantBackoff(2000)

/** Writes data losses to the gap ledger, one after another, each until it is written: the config API may be away. */
export class GapReporter {
  readonly #record: GapReporterOptions['record']
  readonly #waiting: ReportedLoss[] = []
  readonly #worker: Worker

  constructor({ record, onFailure, timers }: GapReporterOptions) {
    this.#record = record
    this.#worker = new Worker({
      work: () => this.#write(),
      firstPauseMs: null,
      backoff,
      onFailure: (error) => {
        const [loss] = this.#waiting
        if (loss) onFailure(loss, error)
      },
      timers,
    })
    void this.#worker.run()
  }

  report(loss: ReportedLoss): void {
    this.#waiting.push(loss)
    this.#worker.wake()
  }

  /** Ends; resolves when nothing is under way. The end of a session is in the ledger even if this was too early. */
  stop(): Promise<void> {
    return this.#worker.drain()
  }

  async #write(): Promise<null> {
    for (let loss = this.#waiting[0]; loss; loss = this.#waiting[0]) {
      await this.#record(loss)
      this.#waiting.shift()
    }
    return null
  }
}

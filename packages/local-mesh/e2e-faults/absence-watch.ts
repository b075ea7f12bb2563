import { setTimeout as sleep } from 'node:timers/promises'
import type { SimClient } from '@guildmesh/discord-sim/client'

/** A time in which Discord had no socket of some shard, since the watch began. */
export interface Absence {
  readonly fromMs: number
  readonly toMs: number
}

const everyMs = 50

/** Notes when Discord lacks a socket of some shard, to within one look: for the figures, never for the verdict. */
export class AbsenceWatch implements AsyncDisposable {
  readonly #sim: SimClient
  readonly #shards: number
  readonly #begunAt = performance.now()
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>
  readonly #absences: Absence[] = []

  constructor(sim: SimClient, shards: number) {
    this.#sim = sim
    this.#shards = shards
    this.#running = this.#watch()
  }

  /** Together, of what began within the span, milliseconds. */
  awayMs(span: Absence): number {
    return Math.round(
      this.#absences
        .filter(({ fromMs }) => fromMs >= span.fromMs && fromMs < span.toMs)
        .reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopping
    let awaySince: number | null = null
    while (!signal.aborted) {
      // Figures are not worth a campaign: a question without answer is asked again.
      const sessions = await this.#sim.sessions().catch(() => null)
      const connected = sessions?.filter((session) => session.connected).length ?? null
      const nowMs = performance.now() - this.#begunAt
      if (connected === null || connected < this.#shards) awaySince ??= nowMs
      else if (awaySince !== null) {
        this.#absences.push({ fromMs: awaySince, toMs: nowMs })
        awaySince = null
      }
      await sleep(everyMs, undefined, { signal }).catch(() => {})
    }
  }
}

import { type GuildStore, type GuildWriter, remove } from '@guildmesh/guild-store'
import { type Clock, constantBackoff, type LogPort, Worker } from '@guildmesh/runtime'
import type { GroupCommit } from '../commit/group-commit.ts'

const sweepEveryMs = 30_000

export interface ExpirySweepOptions {
  readonly store: GuildStore
  readonly commits: GroupCommit
  readonly clock: Clock
  readonly log: LogPort
}

/** Removes stored answers and drafts whose time is over, guild by guild in transactions like everything else. */
export class ExpirySweep {
  readonly #options: ExpirySweepOptions
  readonly #rounds: Worker

  constructor(options: ExpirySweepOptions) {
    this.#options = options
    this.#rounds = new Worker({
      work: async () => {
        await this.sweep()
        return sweepEveryMs
      },
      firstPauseMs: sweepEveryMs,
      backoff: constantBackoff(sweepEveryMs),
      onFailure: (error) =>
        options.log.error(
          { event: 'expiry-sweep-failed', err: error },
          'expired rows could not be removed; trying again',
        ),
    })
  }

  start(signal: AbortSignal): void {
    void this.#rounds.run(signal)
  }

  /** Refused guilds are swept by whoever serves them. */
  async sweep(): Promise<void> {
    const { store, commits, clock } = this.#options
    const now = clock.now()
    const works = store.index.guildsWithExpired(now).map((guildId) => ({
      guildId,
      epoch: null,
      run: (writer: GuildWriter) => removeExpired(writer, now),
    }))
    if (works.length > 0) await commits.runAll(works, works.length)
  }
}

function removeExpired(writer: GuildWriter, now: number): number {
  const { reader } = writer
  const answers = reader.list('interactions', {}, { columns: ['interactionId', 'expiresAt'] })
  const drafts = reader.list('setupDrafts', {}, { columns: ['draftId', 'expiresAt'] })
  return writer.apply([
    ...answers
      .filter((row) => row.expiresAt <= now)
      .map(({ interactionId }) => remove('interactions', { interactionId })),
    ...drafts.filter((row) => row.expiresAt <= now).map(({ draftId }) => remove('setupDrafts', { draftId })),
  ])
}

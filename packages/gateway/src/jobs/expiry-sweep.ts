import { type GuildStore, type GuildWriter, remove } from '@guildmesh/guild-store'
import type { Clock } from '@guildmesh/runtime'
import type { GroupCommit } from '../commit/group-commit.ts'

const sweepEveryMs = 30_000

/** Removes stored answers and drafts whose time is over, guild by guild in transactions like everything else. */
export class ExpirySweep {
  readonly #store: GuildStore
  readonly #commits: GroupCommit
  readonly #clock: Clock

  constructor(store: GuildStore, commits: GroupCommit, clock: Clock) {
    this.#store = store
    this.#commits = commits
    this.#clock = clock
  }

  start(signal: AbortSignal): void {
    if (signal.aborted) return
    const timer = setInterval(() => void this.sweep(), sweepEveryMs)
    signal.addEventListener('abort', () => clearInterval(timer), { once: true })
  }

  /** Refused guilds are swept by whoever serves them. */
  async sweep(): Promise<void> {
    const now = this.#clock.now()
    const works = this.#store.index.guildsWithExpired(now).map((guildId) => ({
      guildId,
      epoch: null,
      run: (writer: GuildWriter) => removeExpired(writer, now),
    }))
    if (works.length > 0) await this.#commits.runAll(works, works.length)
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

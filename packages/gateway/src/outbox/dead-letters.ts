import { type GatewayId, type GuildId, MeshError } from '@guildmesh/contracts'
import { type GuildReader, type GuildRow, type GuildStore, update } from '@guildmesh/guild-store'
import type { Clock } from '@guildmesh/runtime'
import type { GroupCommit } from '../commit/group-commit.ts'
import { failureOfRefusal } from '../commit/refusal-failure.ts'

/** A call that was given up. */
export interface DeadLetter extends Pick<
  GuildRow<'outbox'>,
  'callSeq' | 'feature' | 'method' | 'route' | 'onResult' | 'attempts' | 'createdAt' | 'error'
> {
  /** What is known of Discord's side: it did it, it did not, or that is not known. */
  readonly discord: 'done' | 'not-done' | 'unknown'
}

/** Dead letters of one guild, oldest first. */
function deadLettersOf(rows: GuildReader, limit: number): DeadLetter[] {
  return rows.list('outbox', { state: 'dead' }, { orderBy: 'callSeq', limit }).map((call) => ({
    callSeq: call.callSeq,
    feature: call.feature,
    method: call.method,
    route: call.route,
    onResult: call.onResult,
    attempts: call.attempts,
    createdAt: call.createdAt,
    error: call.error,
    discord: call.knownResult ? 'done' : call.sentAt === null ? 'not-done' : 'unknown',
  }))
}

/** Shows a person the calls that were given up, and gives them another try. */
export class DeadLetters {
  readonly #gatewayId: GatewayId
  readonly #store: GuildStore
  readonly #commits: GroupCommit
  readonly #clock: Clock
  readonly #wake: (guildId: GuildId) => void

  constructor(parts: {
    readonly gatewayId: GatewayId
    readonly store: GuildStore
    readonly commits: GroupCommit
    readonly clock: Clock
    readonly wake: (guildId: GuildId) => void
  }) {
    this.#gatewayId = parts.gatewayId
    this.#store = parts.store
    this.#commits = parts.commits
    this.#clock = parts.clock
    this.#wake = parts.wake
  }

  /** Of one guild, oldest first. @throws MeshError NotOwner if the guild is not served here */
  list(guildId: GuildId, limit = 100): DeadLetter[] {
    const read = this.#store.read(guildId, null, ({ rows }) => deadLettersOf(rows, limit))
    if (read.kind === 'done') return read.value
    if (read.kind === 'failed') throw read.error
    throw new MeshError(failureOfRefusal(guildId, null, this.#gatewayId, read.refusal))
  }

  /**
   * Makes a dead call wait again, before the guild's younger ones. If Discord did it already, only its result is
   * handled; if that is not known, it is found out first.
   * @returns whether there was such a dead letter
   */
  async replay(guildId: GuildId, callSeq: number): Promise<boolean> {
    const now = this.#clock.now()
    const changed = await this.#commits.run({
      guildId,
      epoch: null,
      run: (writer) =>
        writer.apply([
          update(
            'outbox',
            { callSeq, state: 'dead' },
            { state: 'pending', attempts: 0, dueAt: now, error: null },
          ),
        ]),
    })
    if (changed > 0) this.#wake(guildId)
    return changed > 0
  }
}

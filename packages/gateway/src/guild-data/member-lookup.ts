import type { GuildId, UserId } from '@guildmesh/contracts'
import { MeshError } from '@guildmesh/contracts'
import { type GuildReader, put, remove } from '@guildmesh/guild-store'
import { FetchedMember, memberRow, type MemberState } from '@guildmesh/bot'
import type { DiscordRest } from '../outbox/discord-rest.ts'
import type { GroupCommit } from '../commit/group-commit.ts'

/** Older than this, events may not have told yet that a role was taken away. Milliseconds. */
const trustedLagMs = 2000

/** The member as the guild document has it; `null` if it does not, or may be out of date. */
export function knownMember(rows: GuildReader, userId: UserId): MemberState | null {
  const member = rows.get('documentMembers', { userId }, ['userId', 'roles', 'timeoutUntil', 'fresh'])
  const isLate = (rows.cursor()?.eventLagMs ?? 0) > trustedLagMs
  return member?.fresh && !isLate ? member : null
}

/** Asks Discord for a member, and keeps the answer in the guild document from then on. */
export class MemberLookup {
  readonly #rest: DiscordRest
  readonly #commits: GroupCommit

  constructor(rest: DiscordRest, commits: GroupCommit) {
    this.#rest = rest
    this.#commits = commits
  }

  /**
   * `null`: not a member.
   * @throws MeshError Unavailable if Discord does not answer; NotOwner and the like
   */
  async fetch(
    guildId: GuildId,
    epoch: number,
    userId: UserId,
    signal: AbortSignal,
  ): Promise<MemberState | null> {
    const outcome = await this.#rest.call(
      { method: 'GET', route: `/guilds/${guildId}/members/${userId}` },
      signal,
    )
    if (outcome.kind === 'refused' && outcome.status === 404) {
      await this.#commits.run({
        guildId,
        epoch,
        run: (writer) => writer.apply([remove('documentMembers', { userId })]),
      })
      return null
    }
    const member = FetchedMember.safeParse(outcome.kind === 'made' ? outcome.body : null)
    if (!member.success) throw new MeshError({ kind: 'Unavailable', service: 'discord', retryAfterMs: 1000 })
    const row = memberRow(member.data.user, member.data)
    await this.#commits.run({
      guildId,
      epoch,
      run: (writer) => writer.apply([put('documentMembers', row)]),
    })
    return { userId, roles: row.roles, timeoutUntil: row.timeoutUntil ?? null }
  }
}

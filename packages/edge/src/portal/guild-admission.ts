import {
  type Call,
  type GuildId,
  type GuildViewer,
  isFailure,
  MeshError,
  type UserId,
} from '@guildmesh/contracts'
import type { Clock } from '@guildmesh/runtime'
import { LRUCache } from 'lru-cache'
import type { OwnerCalls } from '../owner/owner-calls.ts'
import { mayEnter, roleOfMember } from './guild-role.ts'

export interface GuildAdmissionOptions {
  readonly owners: OwnerCalls
  readonly clock: Clock
  /** Whether Discord says that the caller is in the guild. */
  readonly isInGuild: (guildId: GuildId, call: Call) => Promise<boolean>
}

/** The requests of one page share one decision. This also limits how late a lost role is noticed. */
const decisionMs = 3000
const maxWaitMs = 1000

/**
 * Decides who may see a guild, by asking its owner. A guild that somebody may not see is refused in the same words
 * as one that does not exist, so that nobody learns by trying ids where the bot is.
 */
export class GuildAdmission {
  readonly #options: GuildAdmissionOptions
  readonly #decisions = new LRUCache<string, { viewer: GuildViewer | null; at: number }>({ max: 50_000 })

  constructor(options: GuildAdmissionOptions) {
    this.#options = options
  }

  /** @throws MeshError Forbidden; Unavailable if the owner does not answer and the caller is in the guild */
  async admit(guildId: GuildId, call: Call): Promise<GuildViewer> {
    const { caller } = call
    const userId = 'userId' in caller ? caller.userId : null
    if (userId === null) throw forbidden()
    const { clock } = this.#options
    const key = `${guildId} ${userId}`
    const known = this.#decisions.get(key)
    if (known && clock.monotonicMs() - known.at < decisionMs) return known.viewer ?? refuse()
    const viewer = await this.#decide(guildId, userId, call)
    this.#decisions.set(key, { viewer, at: clock.monotonicMs() })
    return viewer ?? refuse()
  }

  async #decide(guildId: GuildId, userId: UserId, call: Call): Promise<GuildViewer | null> {
    try {
      const member = await this.#options.owners.ask(
        guildId,
        call,
        { unassigned: 'refuse', maxWaitMs },
        (gateway, owned, request) => gateway.guild.member.mutate({ ...owned, userId }, request),
      )
      const role = member.userId === userId ? roleOfMember(member) : null
      return mayEnter(role) ? { guildId, role } : null
    } catch (error) {
      if (isFailure(error, 'NotAssigned') || isFailure(error, 'NotFound')) return null
      if (await this.#options.isInGuild(guildId, call)) throw error
      return null
    }
  }
}

function forbidden(): MeshError {
  return new MeshError({
    kind: 'Forbidden',
    reason: 'the bot is not in this server, or you are not one of its moderators',
  })
}

function refuse(): never {
  throw forbidden()
}

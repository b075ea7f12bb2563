import type { Call, GuildCard, GuildId, GuildListPort, UserId } from '@guildmesh/contracts'
import type { Clock, Logger } from '@guildmesh/runtime'
import { limitCall } from '../call-limit.ts'
import type { OwnerCalls, Routes } from '../owner/owner-calls.ts'
import type { CallerIdentification } from '../server/caller-identification.ts'
import type { DiscordGuild, DiscordGuilds } from './discord-guilds.ts'
import { guildIconUrl } from './discord-images.ts'
import { mayInvite, roleByPermissions, roleOfMember } from './guild-role.ts'

export interface GuildListOptions {
  readonly owners: OwnerCalls
  readonly routes: Routes
  readonly discordGuilds: DiscordGuilds
  readonly callers: CallerIdentification
  readonly clock: Clock
  readonly logger: Logger
  readonly inviteUrlOf: (guildId: GuildId) => string
}

/** One slow gateway must not hold up the whole list. */
const ownerMs = 1000
const ask = { unassigned: 'refuse', maxWaitMs: 0 } as const

/** The servers page: what Discord says of the person, joined with what each guild's owner says. */
export class GuildList implements GuildListPort {
  readonly #options: GuildListOptions

  constructor(options: GuildListOptions) {
    this.#options = options
  }

  async list(call: Call) {
    const { callers, discordGuilds } = this.#options
    const session = callers.sessionOf(call.caller)
    const guilds = await discordGuilds.of(session)
    const cards = await Promise.all(guilds.map((guild) => this.#card(guild, session.user.userId, call)))
    return { guilds: cards.filter((card) => card !== null).toSorted(byStateAndName) }
  }

  async #card(guild: DiscordGuild, userId: UserId, call: Call): Promise<GuildCard | null> {
    if (this.#options.routes.ownerOf(guild.id)) {
      const shared = await this.#sharedCard(guild, userId, limitCall(call, ownerMs, this.#options.clock))
      if (shared) return shared
    }
    const role = roleByPermissions(BigInt(guild.permissions), guild.owner)
    if (!mayInvite(role)) return null
    const inviteUrl = this.#options.inviteUrlOf(guild.id)
    return { ...plainCard(guild), role, state: 'absent', memberCount: null, setUp: false, inviteUrl }
  }

  /** The card of a guild that has an owner; `null` if the bot has left it. */
  async #sharedCard(guild: DiscordGuild, userId: UserId, call: Call): Promise<GuildCard | null> {
    const { owners, logger } = this.#options
    const shown = { ...plainCard(guild), inviteUrl: null }
    try {
      const [overview, member] = await Promise.all([
        owners.ask(guild.id, call, ask, (gateway, owned, request) =>
          gateway.guild.overview.query(owned, request),
        ),
        owners.ask(guild.id, call, ask, (gateway, owned, request) =>
          gateway.guild.member.mutate({ ...owned, userId }, request),
        ),
      ])
      if (!overview.present) return null
      return {
        ...shown,
        role: roleOfMember(member) ?? 'member',
        state: 'ready',
        memberCount: overview.memberCount,
        setUp: overview.settings !== null,
      }
    } catch (error) {
      logger.info(
        { event: 'guild-unreachable', guildId: guild.id, err: error },
        "the guild's gateway did not answer; its card says so",
      )
      const role = roleByPermissions(BigInt(guild.permissions), guild.owner)
      return { ...shown, role, state: 'unreachable', memberCount: null, setUp: false }
    }
  }
}

function plainCard({ id, name, icon }: DiscordGuild) {
  return { guildId: id, name, iconUrl: guildIconUrl(id, icon ?? null) }
}

const stateOrder = { ready: 0, unreachable: 1, absent: 2 } as const

function byStateAndName(a: GuildCard, b: GuildCard): number {
  return stateOrder[a.state] - stateOrder[b.state] || a.name.localeCompare(b.name, 'en')
}

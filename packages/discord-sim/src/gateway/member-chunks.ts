import { GatewayIntentBits, GatewayOpcodes } from 'discord-api-types/v10'
import { z } from 'zod'
import { renderMember } from '../resources/member-payload.ts'
import { isSnowflake } from '../snowflake.ts'
import type { World } from '../state/world.ts'
import type { GatewayHub } from './gateway-hub.ts'
import type { GatewaySession } from './gateway-session.ts'

/** Either a prefix of usernames with its limit, or users. */
const requestSchema = z
  .object({
    guild_id: z.string().refine(isSnowflake),
    query: z.string().optional(),
    limit: z.number().int().nonnegative().optional(),
    user_ids: z.union([z.string(), z.array(z.string())]).optional(),
    presences: z.boolean().optional(),
    nonce: z.unknown().optional(),
  })
  .refine((request) => (request.query === undefined) !== (request.user_ids === undefined))
  .refine((request) => request.query === undefined || request.limit !== undefined)

const chunkSize = 1_000
/** Of a prefix or of users, no more members than this are sent. */
const mostMembers = 100
const mostNonceBytes = 32
/** All members of a guild: once a guild **and bot** in this time. */
const allMembersEveryMs = 30_000

/**
 * Answers op 8. The limit on whole lists is shared by all sessions of the bot. Source: Discord, Gateway Events,
 * "Request Guild Members".
 */
export class MemberChunks {
  readonly #world: World
  readonly #hub: GatewayHub
  readonly #lastFullList = new Map<string, number>()

  constructor(world: World, hub: GatewayHub) {
    this.#world = world
    this.#hub = hub
  }

  /** False for a request that has not the right form. */
  answer(session: GatewaySession, data: unknown): boolean {
    const parsed = requestSchema.safeParse(data)
    if (!parsed.success) return false
    const request = parsed.data
    const guild = this.#world.guilds.get(request.guild_id)
    if (!guild || !session.serves(guild) || guild.unavailable || !this.#world.botIsIn(guild)) return true
    const limit = request.limit ?? 0
    // An empty prefix is the member list, whatever the limit: it needs the intent.
    const wantsList = request.query === ''
    if (wantsList && (session.intents & GatewayIntentBits.GuildMembers) === 0) return true
    const whole = wantsList && limit === 0
    const nonce = validNonce(request.nonce)
    if (whole) {
      const last = this.#lastFullList.get(guild.id)
      const waitMs = last === undefined ? 0 : last + allMembersEveryMs - this.#world.clock.now()
      if (waitMs > 0) {
        this.#hub.dispatchTo(session, 'RATE_LIMITED', {
          opcode: GatewayOpcodes.RequestGuildMembers,
          retry_after: waitMs / 1_000,
          meta: { guild_id: guild.id, ...nonce },
        })
        return true
      }
      this.#lastFullList.set(guild.id, this.#world.clock.now())
    }
    const asked =
      request.user_ids === undefined ? null : [...new Set([request.user_ids].flat())].slice(0, mostMembers)
    const prefix = (request.query ?? '').toLowerCase()
    const found = [...guild.members.values()].filter((member) => {
      if (asked) return asked.includes(member.userId)
      const user = this.#world.user(member.userId)
      return [user.username, user.global_name ?? '', member.nick ?? ''].some((name) =>
        name.toLowerCase().startsWith(prefix),
      )
    })
    const most = whole ? found.length : Math.min(limit || mostMembers, mostMembers)
    const members = found.slice(0, most).map((member) => renderMember(this.#world, member))
    const missing = asked?.filter((id) => !guild.members.has(id)) ?? []
    const showsPresences =
      request.presences === true && (session.intents & GatewayIntentBits.GuildPresences) !== 0
    const chunkCount = Math.max(1, Math.ceil(members.length / chunkSize))
    for (let index = 0; index < chunkCount; index++) {
      this.#hub.dispatchTo(session, 'GUILD_MEMBERS_CHUNK', {
        guild_id: guild.id,
        members: members.slice(index * chunkSize, (index + 1) * chunkSize),
        chunk_index: index,
        chunk_count: chunkCount,
        ...(missing.length > 0 ? { not_found: missing } : {}),
        ...(showsPresences ? { presences: [] } : {}),
        ...nonce,
      })
    }
    return true
  }
}

/** A nonce that is no string or longer than 32 bytes is ignored. */
function validNonce(nonce: unknown): { nonce?: string } {
  return typeof nonce === 'string' && Buffer.byteLength(nonce) <= mostNonceBytes ? { nonce } : {}
}

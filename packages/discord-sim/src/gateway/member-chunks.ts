import { GatewayIntentBits, GatewayOpcodes } from 'discord-api-types/v10'
import { z } from 'zod'
import { renderMember } from '../resources/members.ts'
import { isSnowflake } from '../snowflake.ts'
import type { World } from '../state/world.ts'
import type { GatewayHub } from './gateway-hub.ts'
import type { GatewaySession } from './gateway-session.ts'

const requestSchema = z.object({
  guild_id: z.string().refine(isSnowflake),
  query: z.string().optional(),
  limit: z.number().int().nonnegative().default(0),
  user_ids: z.union([z.string(), z.array(z.string()).max(100)]).optional(),
  presences: z.boolean().optional(),
  nonce: z.string().optional(),
})

const chunkSize = 1_000
/** All members of a guild: once a guild **and bot** in this time. */
const allMembersEveryMs = 30_000

/** Answers op 8. The limit on whole lists is shared by all sessions of the bot. */
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
    if (!guild || !this.#world.botIsIn(guild)) return true
    const whole = request.user_ids === undefined && (request.query ?? '') === '' && request.limit === 0
    if (whole && (session.intents & GatewayIntentBits.GuildMembers) === 0) return true
    const nonce = request.nonce === undefined ? {} : { nonce: request.nonce }
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
    const asked = request.user_ids === undefined ? null : [request.user_ids].flat()
    const prefix = (request.query ?? '').toLowerCase()
    const found = [...guild.members.values()].filter((member) => {
      if (asked) return asked.includes(member.userId)
      const user = this.#world.user(member.userId)
      return [user.username, user.global_name ?? '', member.nick ?? ''].some((name) =>
        name.toLowerCase().startsWith(prefix),
      )
    })
    const members = (request.limit > 0 ? found.slice(0, request.limit) : found).map((member) =>
      renderMember(this.#world, member),
    )
    const missing = asked?.filter((id) => !guild.members.has(id)) ?? []
    const chunkCount = Math.max(1, Math.ceil(members.length / chunkSize))
    for (let index = 0; index < chunkCount; index++) {
      this.#hub.dispatchTo(session, 'GUILD_MEMBERS_CHUNK', {
        guild_id: guild.id,
        members: members.slice(index * chunkSize, (index + 1) * chunkSize),
        chunk_index: index,
        chunk_count: chunkCount,
        ...(missing.length > 0 ? { not_found: missing } : {}),
        ...(request.presences ? { presences: [] } : {}),
        ...nonce,
      })
    }
    return true
  }
}

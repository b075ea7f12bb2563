import { GuildId } from '@guildmesh/contracts'
import { GatewayDispatchEvents } from 'discord-api-types/v10'
import { isRecord } from '@guildmesh/runtime'

/** Events that are about the guild itself carry its id as `id`; all others as `guild_id`. */
const aboutGuild: ReadonlySet<string> = new Set([
  GatewayDispatchEvents.GuildCreate,
  GatewayDispatchEvents.GuildUpdate,
  GatewayDispatchEvents.GuildDelete,
])

/** The guild whose lane an event belongs to; `null` for what concerns no guild (direct messages, READY, RESUMED). */
export function guildOfEvent(type: string, data: unknown): GuildId | null {
  if (!isRecord(data)) return null
  const parsed = GuildId.safeParse(aboutGuild.has(type) ? data.id : data.guild_id)
  return parsed.success ? parsed.data : null
}

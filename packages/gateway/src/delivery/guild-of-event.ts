import { GuildId, shardOf } from '@guildmesh/contracts'
import { isRecord } from '@guildmesh/runtime'
import { GatewayDispatchEvents } from 'discord-api-types/v10'

/** Events that are about the guild itself carry its id as `id`; all others as `guild_id`. */
const aboutGuild: ReadonlySet<string> = new Set([
  GatewayDispatchEvents.GuildCreate,
  GatewayDispatchEvents.GuildUpdate,
  GatewayDispatchEvents.GuildDelete,
])

/**
 * The guild whose lane an event belongs to; `null`: it belongs to none. That is what concerns no guild (direct messages,
 * READY, RESUMED), and what comes on this shard although its guild is of another one, as entitlements do on shard 0: in
 * the guild's lane it would stand among positions that it cannot be compared with.
 * Source: https://docs.discord.com/developers/events/gateway#sharding
 */
export function guildOfEvent(
  type: string,
  data: unknown,
  { shardId, shardCount }: { readonly shardId: number; readonly shardCount: number },
): GuildId | null {
  if (!isRecord(data)) return null
  const { success, data: guildId } = GuildId.safeParse(aboutGuild.has(type) ? data.id : data.guild_id)
  return success && shardOf(guildId, shardCount) === shardId ? guildId : null
}

import { GuildSystemChannelFlags, MessageType } from 'discord-api-types/v10'
import type { GuildState, MessageState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { createMessage } from './messages.ts'

/**
 * What Discord itself writes into a guild's system channel, in the name of whom it is about, unless the
 * guild has suppressed it. Sources: https://docs.discord.com/developers/resources/message#message-object-message-types
 * and https://docs.discord.com/developers/resources/guild#guild-object-system-channel-flags
 */
function post(
  world: World,
  guild: GuildState,
  userId: string,
  type: MessageType,
  suppressedBy: GuildSystemChannelFlags,
  content = '',
): MessageState | null {
  const channel = guild.systemChannelId === null ? undefined : guild.channels.get(guild.systemChannelId)
  if (!channel || (guild.systemChannelFlags & suppressedBy) !== 0) return null
  return createMessage(world, channel, userId, { content, type })
}

/** USER_JOIN. */
export function postJoinMessage(world: World, guild: GuildState, userId: string): void {
  post(world, guild, userId, MessageType.UserJoin, GuildSystemChannelFlags.SuppressJoinNotifications)
}

/** GUILD_BOOST, or the type of the tier that the boost reached. */
export function postBoostMessage(
  world: World,
  guild: GuildState,
  userId: string,
  reachedTier: 0 | 1 | 2 | 3,
): void {
  const type = (MessageType.GuildBoost + reachedTier) as MessageType
  post(world, guild, userId, type, GuildSystemChannelFlags.SuppressPremiumSubscriptions)
}

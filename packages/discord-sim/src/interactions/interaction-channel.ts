import { ChannelFlags, ChannelType, PermissionFlagsBits } from 'discord-api-types/v10'
import { renderThread } from '../resources/thread-payload.ts'
import { explicitPermissions } from '../resources/permissions.ts'
import { renderGuildChannel } from '../resources/channel-payload.ts'
import type { ChannelState, GuildState } from '../state/entities.ts'
import type { World } from '../state/world.ts'

const bits = PermissionFlagsBits

/** What an answer may use where the bot is no member. */
const answerPermissions = bits.AttachFiles | bits.EmbedLinks | bits.MentionEveryone | bits.UseExternalEmojis

/**
 * Fields of the partial channels in interactions. Source: Discord, Receiving and Responding, "Resolved Data
 * Structure".
 */
const shownFields = [
  'id',
  'type',
  'name',
  'guild_id',
  'parent_id',
  'position',
  'flags',
  'topic',
  'nsfw',
  'rate_limit_per_user',
  'last_message_id',
  'last_pin_timestamp',
  'thread_metadata',
]

/**
 * The channel of an interaction: never obfuscated, without overwrites, with the permissions that they give the
 * person there (implicit ones left aside).
 */
export function renderInteractionChannel(world: World, channel: ChannelState, userId: string): object {
  if (channel.guildId === null) {
    return {
      id: channel.id,
      type: ChannelType.DM,
      flags: 0 as ChannelFlags,
      last_message_id: channel.lastMessageId,
      recipients: channel.recipients.map((id) => world.user(id)),
    }
  }
  const full = channel.thread ? renderThread(channel) : renderGuildChannel(channel)
  const shown = Object.entries(full).filter(([field]) => shownFields.includes(field))
  const permissions = permissionsOf(world, world.guildOf(channel), channel, userId)
  return { ...Object.fromEntries(shown), permissions: permissions.toString() }
}

/** A channel that was chosen: also with the bot's permissions there, where the bot is in the guild. */
export function renderResolvedChannel(world: World, channel: ChannelState, userId: string): object {
  const shown = renderInteractionChannel(world, channel, userId)
  const guild = channel.guildId === null ? undefined : world.guild(channel.guildId)
  if (!guild || !world.botIsIn(guild)) return shown
  return { ...shown, app_permissions: permissionsOf(world, guild, channel, world.app.botId).toString() }
}

/** What the person may in the channel by roles and overwrites alone; nothing for somebody who is not there. */
export function permissionsOf(
  world: World,
  guild: GuildState,
  channel: ChannelState,
  userId: string,
): bigint {
  const member = guild.members.get(userId)
  return member ? explicitPermissions(guild, channel, member, world.now()) : 0n
}

/**
 * `app_permissions` of an interaction: the bot's in the channel; where it is no member @everyone's, as far as
 * answers use them; in direct messages those that answers use. Source: Discord, Receiving and Responding,
 * "Interaction Structure"; change log of 2022-06-29, "Calculated Permissions in Interaction Payloads".
 */
export function appPermissions(world: World, guild: GuildState | null, channel: ChannelState): bigint {
  if (guild === null) return answerPermissions
  if (world.botIsIn(guild)) return permissionsOf(world, guild, channel, world.app.botId)
  const everyone = { userId: '', roles: [], timedOutUntilMs: null }
  return explicitPermissions(guild, channel, everyone, world.now()) & answerPermissions
}

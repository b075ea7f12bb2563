import { ChannelFlags, ChannelType, OverwriteType, PermissionFlagsBits } from 'discord-api-types/v10'
import type { APIChannel, GatewayChannelCreateDispatchData } from 'discord-api-types/v10'
import type { ChannelState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { renderThread } from './thread-payload.ts'
import { isoTimestamp } from '../timestamp.ts'

export const textTypes: number[] = [ChannelType.GuildText, ChannelType.GuildAnnouncement]
export const forumTypes: number[] = [ChannelType.GuildForum, ChannelType.GuildMedia]
const voiceTypes: number[] = [ChannelType.GuildVoice, ChannelType.GuildStageVoice]

/** What stands for the name of a channel that the bot cannot view. */
const hiddenName = '___hidden___'

/** A channel as Discord shows it; the fields depend on its type. */
export function renderChannel(world: World, channel: ChannelState): APIChannel {
  if (channel.thread) return renderThread(channel)
  if (channel.guildId === null) {
    return {
      id: channel.id,
      type: ChannelType.DM,
      name: null,
      flags: 0 as ChannelFlags,
      last_message_id: channel.lastMessageId,
      recipients: channel.recipients.map((id) => world.user(id)),
    }
  }
  return renderGuildChannel(channel)
}

/** The part of `renderChannel` for channels of guilds that are no threads. */
export function renderGuildChannel(channel: ChannelState): GatewayChannelCreateDispatchData {
  const pinned = channel.lastPinAtMs === null ? null : isoTimestamp(channel.lastPinAtMs)
  return {
    id: channel.id,
    type: channel.type,
    guild_id: channel.guildId ?? '',
    name: channel.name,
    position: channel.position,
    flags: channel.flags,
    parent_id: channel.parentId,
    permission_overwrites: channel.overwrites,
    ...(textTypes.includes(channel.type) || forumTypes.includes(channel.type)
      ? {
          topic: channel.topic,
          nsfw: channel.nsfw,
          rate_limit_per_user: channel.rateLimitPerUser,
          last_message_id: channel.lastMessageId,
          last_pin_timestamp: pinned,
          ...(channel.defaultAutoArchiveMinutes === null
            ? {}
            : { default_auto_archive_duration: channel.defaultAutoArchiveMinutes }),
          ...(channel.defaultThreadRateLimit === 0
            ? {}
            : { default_thread_rate_limit_per_user: channel.defaultThreadRateLimit }),
        }
      : {}),
    ...(forumTypes.includes(channel.type)
      ? {
          available_tags: channel.forum?.tags ?? [],
          default_reaction_emoji: channel.forum?.reaction ?? null,
          default_sort_order: channel.forum?.sortOrder ?? null,
          default_forum_layout: channel.forum?.layout ?? 0,
        }
      : {}),
    ...(voiceTypes.includes(channel.type)
      ? {
          bitrate: channel.bitrate,
          user_limit: channel.userLimit,
          rtc_region: channel.rtcRegion,
          // 1 goes without saying.
          ...(channel.videoQualityMode === 1 ? {} : { video_quality_mode: channel.videoQualityMode }),
          nsfw: channel.nsfw,
          rate_limit_per_user: channel.rateLimitPerUser,
          last_message_id: channel.lastMessageId,
        }
      : {}),
  }
}

/**
 * A channel that the bot cannot view, as the gateway shows it: id, type, position and parent are true, the
 * one overwrite denies @everyone the view, and the rest is null or empty, whatever the type (a voice channel
 * has neither `bitrate` nor `user_limit`). Source: Discord, Channel Resource, "Obfuscated Channels", and a
 * payload that the Disqord library keeps in its tests.
 */
export function renderObfuscatedChannel(channel: ChannelState): GatewayChannelCreateDispatchData {
  const everyone = channel.guildId ?? ''
  return {
    id: channel.id,
    type: channel.type,
    guild_id: everyone,
    name: hiddenName,
    position: channel.position,
    flags: ChannelFlags.ChannelObfuscated,
    parent_id: channel.parentId,
    permission_overwrites: [
      {
        id: everyone,
        type: OverwriteType.Role,
        allow: '0',
        deny: PermissionFlagsBits.ViewChannel.toString(),
      },
    ],
    topic: null,
    nsfw: false,
    rate_limit_per_user: 0,
    last_message_id: null,
    last_pin_timestamp: null,
    rtc_region: null,
    available_tags: [],
    default_reaction_emoji: null,
    default_sort_order: null,
  }
}

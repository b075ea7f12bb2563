import type { APIThreadChannel, APIThreadMember, ThreadMemberFlags } from 'discord-api-types/v10'
import type { ChannelState, ThreadMemberState } from '../state/entities.ts'
import { SimError } from '../discord-error.ts'
import { isoTimestamp } from '../timestamp.ts'

export function renderThreadMember(
  threadId: string,
  member: ThreadMemberState,
): Required<Omit<APIThreadMember, 'member'>> {
  return {
    id: threadId,
    user_id: member.userId,
    join_timestamp: isoTimestamp(member.joinedAtMs),
    flags: 0 as ThreadMemberFlags,
  }
}

/** A thread with the bot's membership, which GUILD_CREATE, THREAD_CREATE and THREAD_LIST_SYNC tell of. */
export function renderOwnThread(channel: ChannelState, botId: string) {
  const own = channel.thread?.members.get(botId)
  return { ...renderThread(channel), ...(own ? { member: renderThreadMember(channel.id, own) } : {}) }
}

/** A thread as Discord shows it. Throws SimError for a channel that is none. */
export function renderThread(
  channel: ChannelState,
): APIThreadChannel & { guild_id: string; parent_id: string } {
  const thread = channel.thread
  if (!thread) throw new SimError(`channel ${channel.id} is not a thread`)
  return {
    id: channel.id,
    type: channel.type,
    guild_id: channel.guildId ?? '',
    parent_id: channel.parentId ?? '',
    name: channel.name,
    owner_id: thread.ownerId,
    flags: channel.flags,
    last_message_id: channel.lastMessageId,
    last_pin_timestamp: channel.lastPinAtMs === null ? null : isoTimestamp(channel.lastPinAtMs),
    rate_limit_per_user: channel.rateLimitPerUser,
    message_count: thread.messageCount,
    member_count: Math.min(50, thread.members.size),
    total_message_sent: thread.totalMessageSent,
    thread_metadata: {
      archived: thread.archived,
      archive_timestamp: isoTimestamp(thread.archiveChangedAtMs),
      auto_archive_duration: thread.autoArchiveMinutes,
      locked: thread.locked,
      create_timestamp: isoTimestamp(thread.createdAtMs),
      ...(channel.type === 12 ? { invitable: thread.invitable } : {}),
    },
    ...(thread.appliedTags.length > 0 ? { applied_tags: thread.appliedTags } : {}),
  }
}

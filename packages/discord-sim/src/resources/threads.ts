import { AuditLogEvent, ChannelType, MessageType } from 'discord-api-types/v10'
import type { ChannelState, GuildState, MessageState, ThreadState } from '../state/entities.ts'
import type { Actor, World } from '../state/world.ts'
import { DiscordError, SimError } from '../discord-error.ts'
import { auditDifference, recordAudit } from './audit-log.ts'
import { forumTypes } from './channel-payload.ts'
import { buildChannel } from './channels.ts'
import { renderMember } from './member-payload.ts'
import { createMessage } from './messages.ts'
import { announceThreadUpdate } from './thread-events.ts'
import { renderOwnThread, renderThread, renderThreadMember } from './thread-payload.ts'

export interface ThreadInput {
  name: string
  type: 10 | 11 | 12
  autoArchiveMinutes?: 60 | 1440 | 4320 | 10080 | undefined
  invitable?: boolean | undefined
  rateLimitPerUser?: number | undefined
  /** The message that the thread hangs on; its id becomes the thread's. */
  startMessage?: MessageState | undefined
  appliedTags?: string[] | undefined
}

export function requireThread(channel: ChannelState): ThreadState {
  if (!channel.thread) throw new DiscordError(400, 50024, 'Cannot execute action on this channel type')
  return channel.thread
}

/** So many threads of a guild can be active: https://docs.discord.com/developers/topics/threads#active--archived-threads */
const mostActiveThreads = 1_000

/** Throws 160006 for a guild that is full of active threads. */
function requireRoomForActive(guild: GuildState): void {
  let active = 0
  for (const { thread } of guild.channels.values()) if (thread && !thread.archived) active += 1
  if (active >= mostActiveThreads) {
    throw new DiscordError(400, 160_006, 'Maximum number of active threads reached')
  }
}

export function createThread(
  world: World,
  guild: GuildState,
  parent: ChannelState,
  input: ThreadInput,
  actor: Actor,
): ChannelState {
  if (input.startMessage && world.channels.has(input.startMessage.id)) {
    throw new DiscordError(400, 160004, 'A thread has already been created for this message')
  }
  requireRoomForActive(guild)
  const now = world.now()
  const channel = buildChannel(input.startMessage?.id ?? world.ids.next(), guild.id, {
    type: input.type,
    name: input.name,
    parentId: parent.id,
    rateLimitPerUser: input.rateLimitPerUser ?? parent.defaultThreadRateLimit,
  })
  const starters = guild.members.has(actor.userId) ? [actor.userId] : []
  channel.thread = {
    ownerId: actor.userId,
    archived: false,
    locked: false,
    invitable: input.invitable ?? true,
    autoArchiveMinutes: input.autoArchiveMinutes ?? parent.defaultAutoArchiveMinutes ?? 4320,
    archiveChangedAtMs: now,
    lastActivityMs: now,
    createdAtMs: now,
    messageCount: 0,
    totalMessageSent: 0,
    appliedTags: input.appliedTags ?? [],
    // A webhook that starts a post is nobody's member.
    members: new Map(starters.map((userId) => [userId, { userId, joinedAtMs: now }])),
  }
  guild.channels.set(channel.id, channel)
  world.channels.set(channel.id, channel)
  world.bus.emit(
    'THREAD_CREATE',
    guild,
    { ...renderThread(channel), newly_created: true },
    { channelId: channel.id },
  )
  if (starters.length > 0) announceThreadMembers(world, guild, channel, starters, [])
  recordAudit(world, guild, {
    action: AuditLogEvent.ThreadCreate,
    actor,
    targetId: channel.id,
    changes: [
      { key: 'name', to: channel.name },
      { key: 'type', to: channel.type },
      { key: 'archived', to: false },
      { key: 'locked', to: false },
      { key: 'auto_archive_duration', to: channel.thread.autoArchiveMinutes },
    ],
  })
  if (input.startMessage) input.startMessage.threadId = channel.id
  else if (channel.type === ChannelType.PublicThread && !forumTypes.includes(parent.type)) {
    announceInParent(world, parent, channel, actor)
  }
  return channel
}

/** A public thread without a message of its own leaves a system message in its parent. */
function announceInParent(world: World, parent: ChannelState, thread: ChannelState, actor: Actor): void {
  createMessage(world, parent, actor.userId, {
    content: thread.name,
    type: MessageType.ThreadCreated,
    reference: { type: 0, channel_id: thread.id, ...(thread.guildId ? { guild_id: thread.guildId } : {}) },
  })
}

export interface ThreadPatch {
  name?: string | undefined
  archived?: boolean | undefined
  locked?: boolean | undefined
  invitable?: boolean | undefined
  autoArchiveMinutes?: 60 | 1440 | 4320 | 10080 | undefined
  rateLimitPerUser?: number | undefined
  appliedTags?: string[] | undefined
  flags?: number | undefined
}

function auditView(channel: ChannelState) {
  return {
    name: channel.name,
    archived: channel.thread?.archived,
    locked: channel.thread?.locked,
    invitable: channel.thread?.invitable,
    auto_archive_duration: channel.thread?.autoArchiveMinutes,
    rate_limit_per_user: channel.rateLimitPerUser,
    applied_tags: channel.thread?.appliedTags,
    flags: channel.flags,
  }
}

export function updateThread(
  world: World,
  guild: GuildState,
  channel: ChannelState,
  patch: ThreadPatch,
  actor: Actor,
): void {
  const thread = requireThread(channel)
  const before = auditView(channel)
  if (patch.archived !== undefined && patch.archived !== thread.archived) {
    if (!patch.archived) requireRoomForActive(guild)
    thread.archived = patch.archived
    thread.archiveChangedAtMs = world.now()
    if (!patch.archived) thread.lastActivityMs = world.now()
  }
  if (patch.name !== undefined) channel.name = patch.name
  if (patch.locked !== undefined) thread.locked = patch.locked
  if (patch.invitable !== undefined) thread.invitable = patch.invitable
  if (patch.autoArchiveMinutes !== undefined && patch.autoArchiveMinutes !== thread.autoArchiveMinutes) {
    thread.autoArchiveMinutes = patch.autoArchiveMinutes
    thread.archiveChangedAtMs = world.now()
    thread.lastActivityMs = world.now()
  }
  if (patch.rateLimitPerUser !== undefined) channel.rateLimitPerUser = patch.rateLimitPerUser
  if (patch.appliedTags !== undefined) thread.appliedTags = patch.appliedTags
  if (patch.flags !== undefined) channel.flags = patch.flags
  const after = auditView(channel)
  const changes = auditDifference(before, after, Object.keys(after) as (keyof typeof after)[])
  if (changes.length === 0) return
  announceThreadUpdate(world, channel, Boolean(before.archived) && !thread.archived)
  recordAudit(world, guild, { action: AuditLogEvent.ThreadUpdate, actor, targetId: channel.id, changes })
}

export function deleteThread(world: World, guild: GuildState, channel: ChannelState, actor: Actor): void {
  world.bus.emit(
    'THREAD_DELETE',
    guild,
    { id: channel.id, guild_id: guild.id, parent_id: channel.parentId ?? '', type: channel.type },
    { channelId: channel.id },
  )
  guild.channels.delete(channel.id)
  world.channels.delete(channel.id)
  recordAudit(world, guild, {
    action: AuditLogEvent.ThreadDelete,
    actor,
    targetId: channel.id,
    changes: [{ key: 'name', from: channel.name }],
  })
}

export function addThreadMember(
  world: World,
  guild: GuildState,
  channel: ChannelState,
  userId: string,
): void {
  const thread = requireThread(channel)
  if (thread.members.has(userId)) return
  thread.members.set(userId, { userId, joinedAtMs: world.now() })
  if (userId === world.app.botId) {
    world.bus.emit('THREAD_CREATE', guild, renderOwnThread(channel, userId), { channelId: channel.id })
  }
  announceThreadMembers(world, guild, channel, [userId], [])
}

export function removeThreadMember(
  world: World,
  guild: GuildState,
  channel: ChannelState,
  userId: string,
): void {
  const thread = requireThread(channel)
  if (!thread.members.has(userId)) return
  thread.members.delete(userId)
  announceThreadMembers(world, guild, channel, [], [userId])
}

/**
 * THREAD_MEMBERS_UPDATE: everybody for sessions with GUILD_MEMBERS, the bot's own coming and going for the
 * others, also where it does not see the thread. Source: Discord, Gateway Events, "Thread Members Update";
 * Threads, "Losing Access to Channels".
 */
function announceThreadMembers(
  world: World,
  guild: GuildState,
  channel: ChannelState,
  added: string[],
  removed: string[],
): void {
  const thread = channel.thread
  if (!thread) throw new SimError(`channel ${channel.id} is not a thread`)
  const payload = (who: (userId: string) => boolean) => ({
    id: channel.id,
    guild_id: guild.id,
    member_count: Math.min(50, thread.members.size),
    ...(added.some(who)
      ? {
          added_members: added.filter(who).flatMap((userId) => {
            const state = thread.members.get(userId)
            const member = guild.members.get(userId)
            if (!state || !member) return []
            return [
              {
                ...renderThreadMember(channel.id, state),
                member: renderMember(world, member),
                presence: null,
              },
            ]
          }),
        }
      : {}),
    ...(removed.some(who) ? { removed_member_ids: removed.filter(who) } : {}),
  })
  const isBot = (userId: string) => userId === world.app.botId
  const concernsBot = [...added, ...removed].some(isBot)
  world.bus.emit(
    'THREAD_MEMBERS_UPDATE',
    guild,
    payload(() => true),
    {
      channelId: channel.id,
      forSelf: concernsBot,
      withoutMembers: () => (concernsBot ? payload(isBot) : null),
    },
  )
}

import { AuditLogEvent, ChannelType } from 'discord-api-types/v10'
import type { APIGuildForumTag, APIOverwrite } from 'discord-api-types/v10'
import type { ChannelState, ForumSettings, GuildState } from '../state/entities.ts'
import type { Actor, World } from '../state/world.ts'
import { DiscordError, unknownResource } from '../discord-error.ts'
import { auditDifference, recordAudit } from './audit-log.ts'
import { announceChannel, refreshBotSight, renderForBot } from './bot-sight.ts'
import { forumTypes, textTypes } from './channel-payload.ts'
import { moveVoice } from './voice-states.ts'

export interface ChannelInput {
  name?: string | undefined
  type?: number | undefined
  topic?: string | null | undefined
  position?: number | undefined
  parentId?: string | null | undefined
  overwrites?: APIOverwrite[] | undefined
  nsfw?: boolean | undefined
  rateLimitPerUser?: number | undefined
  bitrate?: number | undefined
  userLimit?: number | undefined
  defaultAutoArchiveMinutes?: 60 | 1440 | 4320 | 10080 | null | undefined
  defaultThreadRateLimit?: number | undefined
  rtcRegion?: string | null | undefined
  videoQualityMode?: 1 | 2 | undefined
  flags?: number | undefined
  /** A tag without an id is new. */
  forum?:
    | (Partial<Omit<ForumSettings, 'tags'>> & {
        tags?: (Omit<APIGuildForumTag, 'id'> & { id: string | null })[]
      })
    | undefined
}

/** True for channels that hold messages. */
export function isTextBased(channel: ChannelState): boolean {
  return channel.type !== ChannelType.GuildCategory && !forumTypes.includes(channel.type)
}

export function buildChannel(id: string, guildId: string | null, input: ChannelInput): ChannelState {
  return {
    id,
    guildId,
    type: input.type ?? ChannelType.GuildText,
    name: input.name ?? '',
    topic: input.topic ?? null,
    position: input.position ?? 0,
    parentId: input.parentId ?? null,
    overwrites: input.overwrites ?? [],
    nsfw: input.nsfw ?? false,
    rateLimitPerUser: input.rateLimitPerUser ?? 0,
    bitrate: input.bitrate ?? 64_000,
    userLimit: input.userLimit ?? 0,
    voiceStatus: null,
    voiceStartedAtMs: null,
    flags: input.flags ?? 0,
    lastMessageId: null,
    lastPinAtMs: null,
    defaultAutoArchiveMinutes: input.defaultAutoArchiveMinutes ?? null,
    defaultThreadRateLimit: input.defaultThreadRateLimit ?? 0,
    rtcRegion: input.rtcRegion ?? null,
    videoQualityMode: input.videoQualityMode ?? 1,
    forum: null,
    messages: null,
    thread: null,
    recipients: [],
  }
}

/** The flat view that audit entries compare. */
function auditView(channel: ChannelState) {
  return {
    name: channel.name,
    type: channel.type,
    topic: channel.topic,
    nsfw: channel.nsfw,
    rate_limit_per_user: channel.rateLimitPerUser,
    parent_id: channel.parentId,
    position: channel.position,
    permission_overwrites: channel.overwrites,
    bitrate: channel.bitrate,
    user_limit: channel.userLimit,
    flags: channel.flags,
    rtc_region: channel.rtcRegion,
    video_quality_mode: channel.videoQualityMode,
    default_auto_archive_duration: channel.defaultAutoArchiveMinutes,
    default_thread_rate_limit_per_user: channel.defaultThreadRateLimit,
    available_tags: channel.forum?.tags,
    default_reaction_emoji: channel.forum?.reaction,
    default_sort_order: channel.forum?.sortOrder,
    default_forum_layout: channel.forum?.layout,
  }
}

const createdKeys = ['name', 'type', 'permission_overwrites', 'nsfw', 'rate_limit_per_user'] as const
const updatedKeys = [
  'name',
  'type',
  'topic',
  'nsfw',
  'rate_limit_per_user',
  'parent_id',
  'position',
  'bitrate',
  'user_limit',
  'flags',
  'rtc_region',
  'video_quality_mode',
  'default_auto_archive_duration',
  'default_thread_rate_limit_per_user',
  'available_tags',
  'default_reaction_emoji',
  'default_sort_order',
  'default_forum_layout',
] as const

export function createChannel(
  world: World,
  guild: GuildState,
  input: ChannelInput,
  actor: Actor,
): ChannelState {
  const siblings = [...guild.channels.values()].filter((channel) => !channel.thread)
  if (siblings.length >= 500)
    throw new DiscordError(400, 30013, 'Maximum number of guild channels reached (500)')
  const parent = input.parentId ? guild.channels.get(input.parentId) : undefined
  const channel = buildChannel(world.ids.next(), guild.id, {
    ...input,
    position: input.position ?? siblings.length,
    overwrites: input.overwrites ?? parent?.overwrites.map((overwrite) => ({ ...overwrite })),
    name: textTypes.includes(input.type ?? 0) ? textChannelName(input.name ?? '') : input.name,
  })
  setForum(world, channel, input)
  guild.channels.set(channel.id, channel)
  world.channels.set(channel.id, channel)
  const view = auditView(channel)
  announceChannel(world, guild, 'CHANNEL_CREATE', channel)
  recordAudit(world, guild, {
    action: AuditLogEvent.ChannelCreate,
    actor,
    targetId: channel.id,
    changes: createdKeys.map((key) => ({ key, to: view[key] })),
  })
  return channel
}

/** What a forum is set to; a tag without an id is new. */
function setForum(world: World, channel: ChannelState, { forum }: ChannelInput): void {
  if (!forum || !forumTypes.includes(channel.type)) return
  const { tags, ...others } = forum
  const before = channel.forum ?? { tags: [], reaction: null, sortOrder: null, layout: 0 }
  channel.forum = {
    ...before,
    ...others,
    tags: tags?.map((tag) => ({ ...tag, id: tag.id ?? world.ids.next() })) ?? before.tags,
  }
}

/** Text channels have no capitals and no spaces, whatever was asked for. */
function textChannelName(name: string): string {
  return name.trim().toLowerCase().replaceAll(/\s+/g, '-')
}

export function updateChannel(
  world: World,
  guild: GuildState,
  channel: ChannelState,
  input: ChannelInput,
  actor: Actor,
): ChannelState {
  const before = auditView(channel)
  const overwritesBefore = channel.overwrites
  if (input.name !== undefined) {
    channel.name = textTypes.includes(channel.type) ? textChannelName(input.name) : input.name
  }
  if (input.topic !== undefined) channel.topic = input.topic
  if (input.position !== undefined) channel.position = input.position
  if (input.parentId !== undefined) channel.parentId = input.parentId
  if (input.nsfw !== undefined) channel.nsfw = input.nsfw
  if (input.rateLimitPerUser !== undefined) channel.rateLimitPerUser = input.rateLimitPerUser
  if (input.bitrate !== undefined) channel.bitrate = input.bitrate
  if (input.userLimit !== undefined) channel.userLimit = input.userLimit
  if (input.overwrites !== undefined) channel.overwrites = input.overwrites
  if (input.type !== undefined) channel.type = input.type
  if (input.flags !== undefined) channel.flags = input.flags
  if (input.rtcRegion !== undefined) channel.rtcRegion = input.rtcRegion
  if (input.videoQualityMode !== undefined) channel.videoQualityMode = input.videoQualityMode
  if (input.defaultThreadRateLimit !== undefined) {
    channel.defaultThreadRateLimit = input.defaultThreadRateLimit
  }
  setForum(world, channel, input)
  if (input.defaultAutoArchiveMinutes !== undefined) {
    channel.defaultAutoArchiveMinutes = input.defaultAutoArchiveMinutes
  }
  const changes = auditDifference(before, auditView(channel), [...updatedKeys])
  const overwritesChanged = JSON.stringify(overwritesBefore) !== JSON.stringify(channel.overwrites)
  if (changes.length === 0 && !overwritesChanged) return channel
  announceChannel(world, guild, 'CHANNEL_UPDATE', channel)
  if (changes.length > 0) {
    recordAudit(world, guild, { action: AuditLogEvent.ChannelUpdate, actor, targetId: channel.id, changes })
  }
  if (overwritesChanged) {
    auditOverwrites(world, guild, channel, overwritesBefore, actor)
    if (channel.type === ChannelType.GuildCategory) syncChildren(world, guild, channel, overwritesBefore)
  }
  return channel
}

/**
 * Channels that had the permissions of their category follow it. Source: Discord, Permissions, "Permission
 * Syncing".
 */
function syncChildren(
  world: World,
  guild: GuildState,
  category: ChannelState,
  before: readonly APIOverwrite[],
): void {
  const synced = sameOverwrites(before)
  for (const child of guild.channels.values()) {
    if (child.parentId !== category.id || sameOverwrites(child.overwrites) !== synced) continue
    child.overwrites = category.overwrites.map((overwrite) => ({ ...overwrite }))
    announceChannel(world, guild, 'CHANNEL_UPDATE', child)
  }
}

/** The same text for the same overwrites, in whatever order. */
function sameOverwrites(overwrites: readonly APIOverwrite[]): string {
  return overwrites
    .map(({ id, type, allow, deny }) => [id, type, allow, deny].join(' '))
    .toSorted()
    .join('\n')
}

function auditOverwrites(
  world: World,
  guild: GuildState,
  channel: ChannelState,
  before: APIOverwrite[],
  actor: Actor,
): void {
  const now = new Map(channel.overwrites.map((overwrite) => [overwrite.id, overwrite]))
  const then = new Map(before.map((overwrite) => [overwrite.id, overwrite]))
  for (const id of new Set([...now.keys(), ...then.keys()])) {
    const left = then.get(id)
    const right = now.get(id)
    const kept = right ?? left
    if (!kept || JSON.stringify(left) === JSON.stringify(right)) continue
    recordAudit(world, guild, {
      action: left
        ? right
          ? AuditLogEvent.ChannelOverwriteUpdate
          : AuditLogEvent.ChannelOverwriteDelete
        : AuditLogEvent.ChannelOverwriteCreate,
      actor,
      targetId: channel.id,
      changes: (['allow', 'deny'] as const)
        .filter((key) => left?.[key] !== right?.[key])
        .map((key) => ({ key, from: left?.[key], to: right?.[key] })),
      options: {
        id: kept.id,
        type: kept.type === 0 ? '0' : '1',
        ...(kept.type === 0 ? { role_name: guild.roles.get(kept.id)?.name ?? '' } : {}),
      } as NonNullable<Parameters<typeof recordAudit>[2]['options']>,
    })
  }
}

/** Sets (`overwrite` given) or removes one permission overwrite. */
export function setOverwrite(
  world: World,
  guild: GuildState,
  channel: ChannelState,
  id: string,
  overwrite: APIOverwrite | null,
  actor: Actor,
): void {
  const others = channel.overwrites.filter((existing) => existing.id !== id)
  if (!overwrite && others.length === channel.overwrites.length) throw unknownResource('overwrite')
  updateChannel(world, guild, channel, { overwrites: overwrite ? [...others, overwrite] : others }, actor)
}

/** Deletes a channel with its threads; children of a category lose their parent. */
export function deleteChannel(world: World, guild: GuildState, channel: ChannelState, actor: Actor): void {
  for (const child of [...guild.channels.values()].filter((other) => other.parentId === channel.id)) {
    if (child.thread) {
      guild.channels.delete(child.id)
      world.channels.delete(child.id)
    } else updateChannel(world, guild, child, { parentId: null }, actor)
  }
  // A Map may lose entries while it is walked.
  for (const state of guild.voiceStates.values()) {
    if (state.channelId === channel.id) moveVoice(world, guild, state.userId, null)
  }
  const shown = renderForBot(world, channel)
  guild.channels.delete(channel.id)
  world.channels.delete(channel.id)
  for (const [id, webhook] of world.webhooks) if (webhook.channelId === channel.id) world.webhooks.delete(id)
  world.bus.emit('CHANNEL_DELETE', guild, shown)
  refreshBotSight(world, guild)
  const view = auditView(channel)
  recordAudit(world, guild, {
    action: AuditLogEvent.ChannelDelete,
    actor,
    targetId: channel.id,
    changes: createdKeys.map((key) => ({ key, from: view[key] })),
  })
}

/** The direct-message channel between the bot and a user, made on first need; no event tells of it since API v8. */
export function openDirectMessage(world: World, userId: string): ChannelState {
  world.user(userId)
  for (const channel of world.channels.values()) {
    if (channel.guildId === null && channel.recipients[0] === userId) return channel
  }
  const channel = buildChannel(world.ids.next(), null, { type: ChannelType.DM })
  channel.recipients = [userId]
  world.channels.set(channel.id, channel)
  return channel
}

import { ChannelFlags, ChannelType, PermissionFlagsBits } from 'discord-api-types/v10'
import { DiscordError, missingPermissions } from '../discord-error.ts'
import type { ThreadFields } from '../forms/channel-form.ts'
import { forumTypes } from '../resources/channel-payload.ts'
import { holds, requireInChannel } from '../resources/permissions.ts'
import type { ChannelState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { requireActiveThread } from './send-checks.ts'

const wrongType = () => new DiscordError(400, 50024, 'Cannot execute action on this channel type')

/** Threads that text channels and announcement channels hold: https://docs.discord.com/developers/topics/threads#public--private-threads */
const threadTypes: Record<number, readonly number[]> = {
  [ChannelType.GuildText]: [ChannelType.PublicThread, ChannelType.PrivateThread],
  [ChannelType.GuildAnnouncement]: [ChannelType.AnnouncementThread],
}

/** The type of a thread on a message of this channel. Throws 50024 for channels that have no such threads. */
export function typeOnMessage(parent: ChannelState): 10 | 11 {
  if (parent.type === ChannelType.GuildText) return 11
  if (parent.type === ChannelType.GuildAnnouncement) return 10
  throw wrongType()
}

/** Throws unless the bot may start a thread of this type here. */
export function requireMayStartThread(world: World, parent: ChannelState, type: number): void {
  if (!threadTypes[parent.type]?.includes(type)) throw wrongType()
  const needed =
    type === ChannelType.PrivateThread
      ? PermissionFlagsBits.CreatePrivateThreads
      : PermissionFlagsBits.CreatePublicThreads
  requireInChannel(world, parent, world.app.botId, needed)
}

/**
 * Throws for tags that a forum does not have, that only moderators set, or that are missing if it requires one: the
 * codes 10087, 40066 and 40067 of https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
 */
export function requireTags(
  world: World,
  forum: ChannelState,
  applied: readonly string[],
  before: readonly string[] = [],
): void {
  const tags = forum.forum?.tags ?? []
  const moderates = holds(world, forum, world.app.botId, PermissionFlagsBits.ManageThreads)
  for (const id of applied) {
    if (!tags.some((tag) => tag.id === id)) throw new DiscordError(404, 10_087, 'Unknown Tag')
  }
  const touched = tags.filter(({ id }) => applied.includes(id) !== before.includes(id))
  if (!moderates && touched.some(({ moderated }) => moderated)) throw missingPermissions()
  if ((forum.flags & ChannelFlags.RequireTag) === 0 || applied.length > 0) return
  if (!moderates && tags.every(({ moderated }) => moderated)) {
    throw new DiscordError(400, 40_066, 'There are no tags available that can be set by non-moderators')
  }
  throw new DiscordError(400, 40_067, 'A tag is required to create a forum post in this channel')
}

/** What whoever started a thread may change of it, besides who manages threads. */
const creatorsFields = ['name', 'archived', 'auto_archive_duration', 'invitable', 'applied_tags']

/**
 * Throws unless the bot may change these fields of a thread. Sources:
 * https://docs.discord.com/developers/resources/channel#modify-channel-json-params-thread and
 * https://docs.discord.com/developers/topics/threads#editing--deleting-threads, which lets whoever started the thread do more.
 */
export function requireThreadEdit(world: World, thread: ChannelState, fields: ThreadFields): void {
  const state = thread.thread
  const botId = world.app.botId
  const names = Object.keys(fields)
  const manages = holds(world, thread, botId, PermissionFlagsBits.ManageThreads)
  if (!manages) {
    const unarchives = names.every((name) => name === 'archived') && fields.archived === false
    const asCreator =
      state?.ownerId === botId && !state.locked && names.every((name) => creatorsFields.includes(name))
    if (unarchives && !state?.locked && !asCreator)
      requireInChannel(world, thread, botId, PermissionFlagsBits.SendMessagesInThreads)
    else if (!asCreator) throw missingPermissions()
  }
  if (names.length > 0 && fields.archived !== false) requireActiveThread(thread)
}

/** Forum posts that are pinned to the top of one forum. */
const mostPinned = 1

/** The flags of a thread after a patch: only posts of forums are pinned, and one at most. */
export function pinFlag(world: World, thread: ChannelState, flags: number): number {
  const wanted = flags & ChannelFlags.Pinned
  if (wanted === 0) return 0
  const parent = thread.parentId === null ? undefined : world.channels.get(thread.parentId)
  if (!parent || !forumTypes.includes(parent.type)) throw wrongType()
  const guild = world.guildOf(thread)
  const pinned = [...guild.channels.values()].filter(
    (other) => other !== thread && other.parentId === parent.id && (other.flags & ChannelFlags.Pinned) !== 0,
  )
  if (pinned.length >= mostPinned) {
    throw new DiscordError(
      400,
      30_047,
      'Maximum number of pinned threads in a forum channel has been reached',
    )
  }
  return wanted
}

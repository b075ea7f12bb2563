import { AuditLogEvent, MessageFlags, MessageReferenceType, MessageType } from 'discord-api-types/v10'
import type {
  APIAttachment,
  APIEmbed,
  APIMessageReference,
  APIMessageSnapshot,
  APIMessageTopLevelComponent,
} from 'discord-api-types/v10'
import { compareSnowflakes } from '../snowflake.ts'
import type {
  ChannelState,
  InteractionMetadata,
  MessageState,
  PollState,
  StickerItem,
} from '../state/entities.ts'
import type { Actor, World } from '../state/world.ts'
import { DiscordError, unknownResource } from '../discord-error.ts'
import { recordAudit } from './audit-log.ts'
import { findMentions } from './mentions.ts'
import type { AllowedMentions } from './mentions.ts'
import { hasProtectedContent, isReadableByAll, withoutContent } from './message-content.ts'
import { renderGatewayMessage, renderMessage } from './message-payload.ts'
import { announceThreadUpdate } from './thread-events.ts'
import { displayedTexts } from './component-tree.ts'
import { keptText } from './kept-text.ts'

export interface MessageInput {
  content?: string | undefined
  embeds?: APIEmbed[] | undefined
  components?: APIMessageTopLevelComponent[] | undefined
  attachments?: APIAttachment[] | undefined
  flags?: number | undefined
  tts?: boolean | undefined
  /** Shown once, by MESSAGE_CREATE: the message does not keep it. */
  nonce?: string | number | null | undefined
  allowedMentions?: AllowedMentions | null | undefined
  reference?: APIMessageReference | null | undefined
  type?: number | undefined
  webhook?: { id: string; name: string } | undefined
  applicationId?: string | null | undefined
  interaction?: InteractionMetadata | null | undefined
  ephemeralFor?: string | null | undefined
  stickers?: StickerItem[] | null | undefined
  /** Who is mentioned though the text does not say so. */
  mentions?: string[] | undefined
  poll?: PollState | null | undefined
  theme?: MessageState['theme'] | undefined
}

export function requireMessage(channel: ChannelState, messageId: string): MessageState {
  const message = channel.messages?.get(messageId)
  if (!message) throw unknownResource('message')
  return message
}

/**
 * A message that everybody in the channel may see. An ephemeral one is there for one person alone, and for the
 * token of its interaction: nobody finds it in the channel. Source: Discord, Message Resource, "Message Flags".
 */
export function requireOpenMessage(channel: ChannelState, messageId: string): MessageState {
  const message = requireMessage(channel, messageId)
  if (message.ephemeralFor !== null) throw unknownResource('message')
  return message
}

/** Creates a message and announces it. */
export function createMessage(
  world: World,
  channel: ChannelState,
  authorId: string,
  input: MessageInput,
): MessageState {
  const now = world.now()
  const content = keptText(input.content ?? '')
  const mentions = findMentions(
    world,
    channel,
    authorId,
    spoken(content, input.components),
    input.allowedMentions ?? null,
  )
  const forwarded = input.reference?.type === MessageReferenceType.Forward
  const isReply = Boolean(input.reference) && !forwarded && input.type === undefined
  if (isReply) mentionRepliedAuthor(world, input, mentions.users)
  for (const id of input.mentions ?? []) if (!mentions.users.includes(id)) mentions.users.push(id)
  const message: MessageState = {
    id: world.ids.next(),
    channelId: channel.id,
    guildId: channel.guildId,
    authorId: input.webhook?.id ?? authorId,
    type: input.type ?? (isReply ? MessageType.Reply : MessageType.Default),
    content,
    createdAtMs: now,
    editedAtMs: null,
    flags: (input.flags ?? 0) | (forwarded ? MessageFlags.HasSnapshot : 0),
    tts: input.tts ?? false,
    mentionEveryone: mentions.everyone,
    mentions: mentions.users,
    mentionRoles: mentions.roles,
    embeds: input.embeds ?? [],
    attachments: input.attachments ?? [],
    components: input.components ?? [],
    pinnedAtMs: null,
    reactions: null,
    reference: input.reference ?? null,
    snapshots: forwarded && input.reference ? [snapshotOf(world, input.reference, authorId)] : null,
    webhookId: input.webhook?.id ?? null,
    webhookName: input.webhook?.name ?? null,
    applicationId: input.applicationId ?? null,
    interaction: input.interaction ?? null,
    threadId: null,
    stickers: input.stickers ?? null,
    poll: input.poll ?? null,
    theme: input.theme ?? null,
    ephemeralFor: input.ephemeralFor ?? null,
  }
  keep(world, channel, message)
  if (message.ephemeralFor === null) {
    channel.lastMessageId = message.id
    countInThread(world, channel)
  }
  announce(world, 'MESSAGE_CREATE', channel, message, input.nonce ?? null)
  return message
}

function keep(world: World, channel: ChannelState, message: MessageState): void {
  channel.messages ??= new Map()
  channel.messages.set(message.id, message)
  world.messages.added(channel)
}

function countInThread(world: World, channel: ChannelState): void {
  if (!channel.thread) return
  channel.thread.messageCount += 1
  channel.thread.totalMessageSent += 1
  channel.thread.lastActivityMs = world.now()
  if (!channel.thread.archived || channel.thread.locked) return
  channel.thread.archived = false
  channel.thread.archiveChangedAtMs = world.now()
  announceThreadUpdate(world, channel, true)
}

function mentionRepliedAuthor(world: World, input: MessageInput, users: string[]): void {
  const reference = input.reference
  if (!reference?.message_id || input.allowedMentions?.replied_user === false) return
  if (input.allowedMentions && input.allowedMentions.replied_user !== true) return
  const target = world.channels.get(reference.channel_id)?.messages?.get(reference.message_id)
  if (target && world.users.has(target.authorId) && !users.includes(target.authorId))
    users.push(target.authorId)
}

function snapshotOf(world: World, reference: APIMessageReference, authorId: string): APIMessageSnapshot {
  const source = world.channels.get(reference.channel_id)?.messages?.get(reference.message_id ?? '')
  if (!source) throw unknownResource('message')
  const isBlind = authorId === world.app.botId && !world.app.privilegedIntents.messageContent
  if (isBlind && !isReadableByAll(world, source)) {
    throw new DiscordError(400, 160014, 'You cannot forward a message whose content you cannot read')
  }
  // What is forwarded on is what was forwarded first.
  if (source.snapshots?.[0]) return source.snapshots[0]
  const full = renderMessage(world, source)
  return {
    message: {
      type: full.type,
      content: full.content,
      embeds: full.embeds,
      attachments: full.attachments,
      timestamp: full.timestamp,
      edited_timestamp: full.edited_timestamp,
      ...(full.flags === undefined ? {} : { flags: full.flags }),
      mentions: full.mentions,
      mention_roles: full.mention_roles,
      components: full.components ?? [],
    },
  }
}

/**
 * Emits the message, with the blanked twin for sessions without the MESSAGE_CONTENT intent. An ephemeral one
 * goes to shard 0 under the intent for direct messages. Source: Discord, Gateway Events, "Messages".
 */
function announce(
  world: World,
  name: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE',
  channel: ChannelState,
  message: MessageState,
  nonce: string | number | null = null,
): void {
  const inGuild = channel.guildId !== null && message.ephemeralFor === null
  const guild = inGuild ? world.guildOf(channel) : null
  const payload = { ...renderGatewayMessage(world, message), ...(nonce === null ? {} : { nonce }) }
  world.bus.emit(name, guild, payload, {
    channelId: channel.id,
    withoutContent: hasProtectedContent(world, message)
      ? () => withoutContent(world, message, payload)
      : null,
  })
}

/** What a message says to people: its text, or the texts that its components show. */
function spoken(content: string, components: unknown): string {
  return [content, ...displayedTexts(components)].filter(Boolean).join('\n')
}

export interface MessagePatch {
  content?: string | null | undefined
  embeds?: APIEmbed[] | null | undefined
  components?: APIMessageTopLevelComponent[] | null | undefined
  attachments?: APIAttachment[] | null | undefined
  flags?: number | undefined
  allowedMentions?: AllowedMentions | null | undefined
}

const editedFields = new Set(['content', 'embeds', 'components', 'attachments'])

export function editMessage(
  world: World,
  channel: ChannelState,
  message: MessageState,
  patch: MessagePatch,
): void {
  if (patch.content !== undefined) message.content = keptText(patch.content ?? '')
  if (patch.components !== undefined) message.components = patch.components ?? []
  const isLayout = ((message.flags | (patch.flags ?? 0)) & MessageFlags.IsComponentsV2) !== 0
  if (isLayout ? patch.components !== undefined : patch.content !== undefined) {
    const found = findMentions(
      world,
      channel,
      message.authorId,
      spoken(message.content, message.components),
      patch.allowedMentions ?? null,
    )
    message.mentions = found.users
    message.mentionRoles = found.roles
    message.mentionEveryone = found.everyone
  }
  if (patch.embeds !== undefined) message.embeds = patch.embeds ?? []
  if (patch.attachments !== undefined) message.attachments = patch.attachments ?? []
  if (patch.flags !== undefined) {
    const suppressed = MessageFlags.SuppressEmbeds
    message.flags = (message.flags & ~suppressed) | (patch.flags & (suppressed | MessageFlags.IsComponentsV2))
  }
  // Showing or hiding embeds is no edit that people see.
  const isEdit = Object.entries(patch).some(
    ([field, value]) => value !== undefined && editedFields.has(field),
  )
  if (isEdit) message.editedAtMs = world.now()
  announce(world, 'MESSAGE_UPDATE', channel, message)
}

/** Announces a message again after something that is shown inside it changed (a pin, a thread). */
export function announceMessageUpdate(world: World, channel: ChannelState, message: MessageState): void {
  announce(world, 'MESSAGE_UPDATE', channel, message)
}

/**
 * Deletes one message (MESSAGE_DELETE) or several (MESSAGE_DELETE_BULK); ids that are unknown are left
 * out. `deletedBy` is given when someone other than the author did it, which is audited unless a bot deletes a single
 * message: https://github.com/discord/discord-api-docs/issues/7856
 */
export function deleteMessages(
  world: World,
  channel: ChannelState,
  ids: string[],
  deletedBy: Actor | null = null,
): void {
  const gone: MessageState[] = []
  for (const id of ids) {
    const message = channel.messages?.get(id)
    if (message) gone.push(message)
    channel.messages?.delete(id)
  }
  for (const message of gone) {
    if (message.ephemeralFor === null) continue
    world.bus.emit('MESSAGE_DELETE', null, { id: message.id, channel_id: channel.id })
  }
  const seen = gone.filter((message) => message.ephemeralFor === null)
  const first = seen[0]
  if (!first) return
  if (channel.thread) channel.thread.messageCount = Math.max(0, channel.thread.messageCount - seen.length)
  const guild = channel.guildId === null ? null : world.guild(channel.guildId)
  const place = { channel_id: channel.id, ...(guild ? { guild_id: guild.id } : {}) }
  const bulk = ids.length > 1
  if (bulk) {
    world.bus.emit(
      'MESSAGE_DELETE_BULK',
      guild,
      { ids: seen.map((message) => message.id), ...place },
      { channelId: channel.id },
    )
  } else world.bus.emit('MESSAGE_DELETE', guild, { id: first.id, ...place }, { channelId: channel.id })
  if (!guild || !deletedBy) return
  if (bulk) {
    recordAudit(world, guild, {
      action: AuditLogEvent.MessageBulkDelete,
      actor: deletedBy,
      targetId: channel.id,
      options: { count: String(seen.length) },
    })
  } else if (first.authorId !== deletedBy.userId && !world.user(deletedBy.userId).bot) {
    recordAudit(world, guild, {
      action: AuditLogEvent.MessageDelete,
      actor: deletedBy,
      targetId: first.authorId,
      options: { channel_id: channel.id, count: '1' },
    })
  }
}

/** A page of a channel's messages, newest first, as `GET /channels/:id/messages` selects it. */
export function pageMessages(
  channel: ChannelState,
  query: { before?: string; after?: string; around?: string; limit: number },
): MessageState[] {
  const all = [...(channel.messages?.values() ?? [])].filter((message) => message.ephemeralFor === null)
  if (query.around !== undefined) {
    const pivot = query.around
    const index = all.findIndex((message) => compareSnowflakes(message.id, pivot) >= 0)
    const middle = index === -1 ? all.length : index
    const start = Math.max(0, middle - Math.floor(query.limit / 2))
    return all.slice(start, start + query.limit).toReversed()
  }
  if (query.after !== undefined) {
    const pivot = query.after
    return all
      .filter((message) => compareSnowflakes(message.id, pivot) > 0)
      .slice(0, query.limit)
      .toReversed()
  }
  const pivot = query.before
  const older = pivot === undefined ? all : all.filter((message) => compareSnowflakes(message.id, pivot) < 0)
  return older.slice(-query.limit).toReversed()
}

import { MessageFlags } from 'discord-api-types/v10'
import type {
  APIAttachment,
  APIMessage,
  APIMessageInteractionMetadata,
  APIReaction,
  GatewayMessageCreateDispatchData,
} from 'discord-api-types/v10'
import type { InteractionMetadata, MessageState, ReactionState, UserState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { buildUser } from './users.ts'
import { renderMessageMember } from './member-payload.ts'
import { renderPoll } from './poll-payload.ts'
import { renderStickerItem } from './sticker-payload.ts'
import { renderThread } from './thread-payload.ts'
import { isoTimestamp } from '../timestamp.ts'

function renderReaction(world: World, reaction: ReactionState): APIReaction {
  return {
    emoji: {
      id: reaction.emojiId,
      name: reaction.emojiName,
      ...(reaction.animated ? { animated: true } : {}),
    },
    count: reaction.users.size,
    count_details: { normal: reaction.users.size, burst: 0 },
    burst_colors: [],
    me: reaction.users.has(world.app.botId),
    me_burst: false,
  }
}

function renderInteractionMetadata(world: World, source: InteractionMetadata): APIMessageInteractionMetadata {
  const base = {
    id: source.id,
    user: world.user(source.userId),
    authorizing_integration_owners: source.guildId === null ? { 1: source.userId } : { 0: source.guildId },
  }
  return {
    ...base,
    type: source.type,
    ...(source.originalResponseId === null
      ? {}
      : { original_response_message_id: source.originalResponseId }),
    ...(source.type === 3 ? { interacted_message_id: source.interactedMessageId ?? '' } : {}),
    ...(source.triggering
      ? { triggering_interaction_metadata: renderInteractionMetadata(world, source.triggering) }
      : {}),
  } as APIMessageInteractionMetadata
}

/** Webhooks show the name they were given, everyone else is a user. */
function renderAuthor(world: World, message: MessageState): UserState {
  if (message.webhookId === null || message.authorId !== message.webhookId)
    return world.user(message.authorId)
  return {
    ...buildUser(message.authorId, { username: message.webhookName ?? 'webhook' }),
    bot: true,
    discriminator: '0000',
  }
}

/** A message as REST answers it. */
export function renderMessage(world: World, message: MessageState, depth = 0): APIMessage {
  return { ...renderBase(world, message, depth), mentions: message.mentions.map((id) => world.user(id)) }
}

/**
 * A message as the gateway announces it: with the guild, and members inside author and mentions. An ephemeral
 * one has neither: it goes to the person and the bot, not through the guild. Source: Discord, Gateway Events,
 * "Messages".
 */
export function renderGatewayMessage(world: World, message: MessageState): GatewayMessageCreateDispatchData {
  const guildId = message.ephemeralFor === null ? message.guildId : null
  const guild = guildId === null ? undefined : world.guilds.get(guildId)
  const author = guild?.members.get(message.authorId)
  const channel = world.channels.get(message.channelId)
  return {
    ...renderBase(world, message, 0),
    mentions: message.mentions.map((id) => {
      const member = guild?.members.get(id)
      return { ...world.user(id), ...(member ? { member: renderMessageMember(member) } : {}) }
    }),
    ...(guildId === null ? {} : { guild_id: guildId }),
    ...(author ? { member: renderMessageMember(author) } : {}),
    ...(channel ? { channel_type: channel.type } : {}),
  }
}

function renderBase(world: World, message: MessageState, depth: number): Omit<APIMessage, 'mentions'> {
  const thread = message.threadId === null ? undefined : world.channels.get(message.threadId)
  return {
    id: message.id,
    channel_id: message.channelId,
    type: message.type,
    author: renderAuthor(world, message),
    content: message.content,
    timestamp: isoTimestamp(message.createdAtMs),
    edited_timestamp: message.editedAtMs === null ? null : isoTimestamp(message.editedAtMs),
    flags: message.flags,
    tts: message.tts,
    pinned: message.pinnedAtMs !== null,
    mention_everyone: message.mentionEveryone,
    mention_roles: message.mentionRoles,
    attachments: shownAttachments(message),
    // SUPPRESS_EMBEDS keeps them out of what is shown, not out of the message.
    embeds: (message.flags & MessageFlags.SuppressEmbeds) === 0 ? message.embeds : [],
    components: message.components,
    ...(message.webhookId === null ? {} : { webhook_id: message.webhookId }),
    ...(message.applicationId === null ? {} : { application_id: message.applicationId }),
    ...(message.reactions && message.reactions.length > 0
      ? { reactions: message.reactions.map((reaction) => renderReaction(world, reaction)) }
      : {}),
    ...(message.reference ? { message_reference: message.reference } : {}),
    ...(message.snapshots ? { message_snapshots: message.snapshots } : {}),
    ...(message.type === 19 ? { referenced_message: referencedMessage(world, message, depth) } : {}),
    ...(message.interaction
      ? { interaction_metadata: renderInteractionMetadata(world, message.interaction) }
      : {}),
    ...(thread?.thread ? { thread: renderThread(thread) } : {}),
    ...(message.stickers ? { sticker_items: message.stickers.map(renderStickerItem) } : {}),
    ...(message.theme ? { shared_client_theme: message.theme } : {}),
    ...(message.poll ? { poll: renderPoll(world, message.poll) } : {}),
  }
}

/** Those that no embed and no component shows: the message resource, "Message Structure". */
function shownAttachments(message: MessageState): APIAttachment[] {
  if (message.attachments.length === 0) return message.attachments
  if (message.embeds.length + message.components.length === 0) return message.attachments
  const elsewhere = JSON.stringify([message.embeds, message.components])
  return message.attachments.filter(({ url }) => !elsewhere.includes(JSON.stringify(url)))
}

/** Discord resolves one level of replies, and null where the message is gone. */
function referencedMessage(world: World, message: MessageState, depth: number): APIMessage | null {
  if (depth > 0 || !message.reference?.message_id) return null
  const channel = world.channels.get(message.reference.channel_id)
  const target = channel?.messages?.get(message.reference.message_id)
  if (!target) return null
  const { referenced_message: _nested, ...rest } = renderMessage(world, target, depth + 1)
  return rest
}

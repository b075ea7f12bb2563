import type { ChannelState, MessageState, ReactionState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { DiscordError, unknownResource } from '../discord-error.ts'
import { renderBareMember, renderMember } from './member-payload.ts'

export interface EmojiRef {
  id: string | null
  name: string
}

/** Parses `name:id` or a Unicode emoji, as routes carry it. Throws 10014 for anything else. */
export function parseEmoji(world: World, text: string): EmojiRef {
  const custom = /^(?:a:)?([\w~]{1,32}):(\d{17,20})$/.exec(text)
  if (custom?.[1] && custom[2]) {
    for (const guild of world.guilds.values()) {
      const emoji = guild.emojis.get(custom[2])
      if (emoji) return { id: custom[2], name: emoji.name }
    }
    throw unknownResource('emoji')
  }
  if (!/^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|[0-9#*]\uFE0F?\u20E3)/u.test(text)) {
    throw unknownResource('emoji')
  }
  return { id: null, name: text }
}

function sameEmoji(reaction: ReactionState, emoji: EmojiRef): boolean {
  return emoji.id === null
    ? reaction.emojiId === null && reaction.emojiName === emoji.name
    : reaction.emojiId === emoji.id
}

export function findReaction(message: MessageState, emoji: EmojiRef): ReactionState | undefined {
  return message.reactions?.find((reaction) => sameEmoji(reaction, emoji))
}

function place(world: World, channel: ChannelState, message: MessageState) {
  return {
    guild: channel.guildId === null ? null : world.guild(channel.guildId),
    fields: {
      channel_id: channel.id,
      message_id: message.id,
      ...(channel.guildId === null ? {} : { guild_id: channel.guildId }),
    },
  }
}

/** Adds a user's reaction; a second time changes nothing. */
export function addReaction(
  world: World,
  channel: ChannelState,
  message: MessageState,
  emoji: EmojiRef,
  userId: string,
): void {
  message.reactions ??= []
  let reaction = findReaction(message, emoji)
  if (!reaction) {
    if (message.reactions.length >= 20) {
      throw new DiscordError(400, 30010, 'Maximum number of reactions reached (20)')
    }
    reaction = { emojiId: emoji.id, emojiName: emoji.name, animated: false, users: new Set() }
    message.reactions.push(reaction)
  }
  if (reaction.users.has(userId)) return
  reaction.users.add(userId)
  const { guild, fields } = place(world, channel, message)
  const member = guild?.members.get(userId)
  world.bus.emit(
    'MESSAGE_REACTION_ADD',
    guild,
    {
      user_id: userId,
      ...fields,
      ...(member ? { member: renderMember(world, member) } : {}),
      emoji: { id: emoji.id, name: emoji.name },
      message_author_id: message.authorId,
      burst: false,
      type: 0,
    },
    { channelId: channel.id },
  )
}

export function removeReaction(
  world: World,
  channel: ChannelState,
  message: MessageState,
  emoji: EmojiRef,
  userId: string,
): void {
  const reaction = findReaction(message, emoji)
  if (!reaction?.users.delete(userId)) return
  if (reaction.users.size === 0)
    message.reactions = (message.reactions ?? []).filter((other) => other !== reaction)
  const { guild, fields } = place(world, channel, message)
  world.bus.emit(
    'MESSAGE_REACTION_REMOVE',
    guild,
    { user_id: userId, ...fields, emoji: { id: emoji.id, name: emoji.name }, burst: false, type: 0 },
    { channelId: channel.id },
  )
}

/** Removes all reactions, or those of one emoji. */
export function clearReactions(
  world: World,
  channel: ChannelState,
  message: MessageState,
  emoji: EmojiRef | null,
): void {
  const { guild, fields } = place(world, channel, message)
  if (emoji) {
    message.reactions = (message.reactions ?? []).filter((reaction) => !sameEmoji(reaction, emoji))
    world.bus.emit(
      'MESSAGE_REACTION_REMOVE_EMOJI',
      guild,
      { ...fields, emoji: { id: emoji.id, name: emoji.name } },
      { channelId: channel.id },
    )
  } else {
    message.reactions = null
    world.bus.emit('MESSAGE_REACTION_REMOVE_ALL', guild, fields, { channelId: channel.id })
  }
}

/** A user starts typing: heard, never kept. */
export function startTyping(world: World, channel: ChannelState, userId: string): void {
  const guild = channel.guildId === null ? null : world.guild(channel.guildId)
  const member = guild?.members.get(userId)
  world.bus.emit(
    'TYPING_START',
    guild,
    {
      channel_id: channel.id,
      ...(guild ? { guild_id: guild.id } : {}),
      user_id: userId,
      timestamp: Math.floor(world.now() / 1_000),
      ...(member ? { member: { ...renderBareMember(member), user: world.user(userId) } } : {}),
    },
    { channelId: channel.id },
  )
}

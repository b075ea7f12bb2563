import { MessageType } from 'discord-api-types/v10'
import type { MessageView } from '../../src/control/live/chat-view.ts'

/** What Discord itself says in place of a text; `name` and `content` are the author's name and the message's text. */
const texts: Readonly<Partial<Record<MessageType, (name: string, content: string) => string>>> = {
  [MessageType.ChannelPinnedMessage]: (name) => `${name} pinned a message to this channel`,
  [MessageType.UserJoin]: (name) => `${name} joined the server`,
  [MessageType.GuildBoost]: (name) => `${name} boosted the server`,
  [MessageType.GuildBoostTier1]: (name) => `${name} boosted the server to level 1`,
  [MessageType.GuildBoostTier2]: (name) => `${name} boosted the server to level 2`,
  [MessageType.GuildBoostTier3]: (name) => `${name} boosted the server to level 3`,
  [MessageType.ThreadCreated]: (name, content) => `${name} started a thread: ${content}`,
  [MessageType.AutoModerationAction]: () => 'AutoMod acted on a message',
  [MessageType.PollResult]: () => 'The poll has ended',
}

/** The sentence that stands for a message of Discord itself; null for messages of people and bots. */
export function systemText(message: MessageView, authorName: string): string | null {
  return texts[message.type]?.(authorName, message.content) ?? null
}

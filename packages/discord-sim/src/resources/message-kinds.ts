import { MessageType, PermissionFlagsBits } from 'discord-api-types/v10'
import { DiscordError } from '../discord-error.ts'
import type { MessageState } from '../state/entities.ts'

/** What people and applications write; every other type is a message of Discord's own. */
const written: number[] = [
  MessageType.Default,
  MessageType.Reply,
  MessageType.ChatInputCommand,
  MessageType.ContextMenuCommand,
]

/** Types that cannot be deleted: https://docs.discord.com/developers/resources/message#message-object-message-types */
const undeletable: number[] = [
  MessageType.RecipientAdd,
  MessageType.RecipientRemove,
  MessageType.Call,
  MessageType.ChannelNameChange,
  MessageType.ChannelIconChange,
  MessageType.ThreadStarterMessage,
]

/** True for a message of Discord's own, to which nobody replies and which nobody edits, pins or reacts to. */
export function isSystemMessage(message: Pick<MessageState, 'type'>): boolean {
  return !written.includes(message.type)
}

export const systemMessage = () => new DiscordError(403, 50_021, 'Cannot execute action on a system message')

/** Throws 50021 for a message that nobody may delete. */
export function requireDeletable(message: Pick<MessageState, 'type'>): void {
  if (undeletable.includes(message.type)) throw systemMessage()
}

/** What deleting one's own message needs: nothing, but for alerts of auto moderation. */
export function ownDeletionNeeds(message: Pick<MessageState, 'type'>): bigint {
  return message.type === MessageType.AutoModerationAction ? PermissionFlagsBits.ManageMessages : 0n
}

import type { APIMessage } from 'discord-api-types/v10'
import type { MessageState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { renderMessage } from './message-payload.ts'

/** What of a message needs the MESSAGE_CONTENT intent; a poll would be left out. */
const noContent = { content: '', embeds: [], attachments: [], components: [] }

/**
 * True where the application reads a message without the MESSAGE_CONTENT intent: its own, one that mentions
 * it, a direct one. Source: Discord, Gateway, "Message Content Intent".
 */
export function isReadableByAll(world: World, message: MessageState): boolean {
  if (message.guildId === null || message.authorId === world.app.botId) return true
  return message.mentions.includes(world.app.botId) || message.applicationId === world.app.id
}

/** True where something in the message, or in the one it answers, needs the intent. */
export function hasProtectedContent(world: World, message: MessageState): boolean {
  if (!isReadableByAll(world, message)) return true
  const answered = answeredBy(world, message)
  return answered !== undefined && !isReadableByAll(world, answered)
}

/**
 * The message as an application sees it without the intent: its content, that of its snapshots and that of the
 * message it answers are judged each alone.
 */
export function withoutContent<Payload extends APIMessage>(
  world: World,
  message: MessageState,
  payload: Payload,
): Payload {
  const isHidden = !isReadableByAll(world, message)
  const answered = answeredBy(world, message)
  return {
    ...payload,
    ...(isHidden ? noContent : {}),
    ...(isHidden && payload.message_snapshots
      ? {
          message_snapshots: payload.message_snapshots.map((snapshot) => ({
            message: { ...snapshot.message, ...noContent },
          })),
        }
      : {}),
    ...(payload.referenced_message && answered && !isReadableByAll(world, answered)
      ? { referenced_message: { ...payload.referenced_message, ...noContent } }
      : {}),
  }
}

/** A message as REST answers it to the application, which may lack the intent there too. */
export function renderForApplication(world: World, message: MessageState): APIMessage {
  const full = renderMessage(world, message)
  return world.app.privilegedIntents.messageContent ? full : withoutContent(world, message, full)
}

function answeredBy(world: World, message: MessageState): MessageState | undefined {
  const { reference } = message
  if (!reference?.message_id) return undefined
  return world.channels.get(reference.channel_id)?.messages?.get(reference.message_id)
}

import { PermissionFlagsBits } from 'discord-api-types/v10'
import { DiscordError, missingPermissions } from '../discord-error.ts'
import type { MessageForm } from '../forms/message-form.ts'
import { isTextBased } from '../resources/channels.ts'
import { holds, requireInChannel } from '../resources/permissions.ts'
import type { ChannelState } from '../state/entities.ts'
import type { World } from '../state/world.ts'

/** What sending needs, which differs in threads. */
function sendPermission(channel: ChannelState): bigint {
  return channel.thread ? PermissionFlagsBits.SendMessagesInThreads : PermissionFlagsBits.SendMessages
}

const botHolds = (world: World, channel: ChannelState, needed: bigint) =>
  holds(world, channel, world.app.botId, needed)

/** Throws unless the bot may write in this channel at all. */
export function requireMayWrite(world: World, channel: ChannelState): void {
  if (channel.type === 15 || channel.type === 16) {
    throw new DiscordError(400, 40_058, 'Cannot send a message in a forum channel')
  }
  if (!isTextBased(channel)) throw new DiscordError(400, 50_008, 'Cannot send messages in a non-text channel')
  requireInChannel(world, channel, world.app.botId, sendPermission(channel))
  requireOpenThread(world, channel)
}

/**
 * Throws for a locked thread unless the bot manages threads: there only moderators write, edit and unarchive.
 * Source: https://docs.discord.com/developers/topics/threads#locked-threads
 */
export function requireOpenThread(world: World, channel: ChannelState): void {
  if (!channel.thread?.locked) return
  if (botHolds(world, channel, PermissionFlagsBits.ManageThreads)) return
  throw channel.thread.archived
    ? new DiscordError(400, 50_083, 'Thread is archived')
    : new DiscordError(400, 160_005, 'Thread is locked')
}

/** Throws 50083 for what cannot be done in an archived thread: https://docs.discord.com/developers/topics/threads#active--archived-threads */
export function requireActiveThread(channel: ChannelState): void {
  if (channel.thread?.archived) throw new DiscordError(400, 50_083, 'Thread is archived')
}

/**
 * Checks what a message needs beside the right to write: files, speech, a reply. Embeds that the bot may not show are
 * left out, and a message that has nothing else is refused.
 * Sources: https://docs.discord.com/developers/resources/message#create-message and
 * https://github.com/discord/discord-api-docs/issues/2601
 */
export function allowedForm(
  world: World,
  channel: ChannelState,
  form: MessageForm,
  sent: { files: number; isReply: boolean },
): MessageForm {
  if (sent.files > 0 && !botHolds(world, channel, PermissionFlagsBits.AttachFiles)) throw missingPermissions()
  if (form.tts && !botHolds(world, channel, PermissionFlagsBits.SendTTSMessages)) throw missingPermissions()
  if (sent.isReply && !botHolds(world, channel, PermissionFlagsBits.ReadMessageHistory)) {
    throw new DiscordError(403, 160_002, 'Cannot reply without permission to read message history')
  }
  if (!form.embeds?.length || botHolds(world, channel, PermissionFlagsBits.EmbedLinks)) return form
  const showsMore =
    Boolean(form.content) || Boolean(form.components?.length) || Boolean(form.attachments?.length)
  if (!showsMore) throw missingPermissions()
  return { ...form, embeds: [] }
}

/** The same for an edit, which leaves embeds out without a word: https://github.com/discord/discord-api-docs/issues/5648 */
export function allowedEdit(
  world: World,
  channel: ChannelState,
  form: MessageForm,
  files: number,
): MessageForm {
  if (files > 0 && !botHolds(world, channel, PermissionFlagsBits.AttachFiles)) throw missingPermissions()
  return form.embeds?.length && !botHolds(world, channel, PermissionFlagsBits.EmbedLinks)
    ? { ...form, embeds: [] }
    : form
}

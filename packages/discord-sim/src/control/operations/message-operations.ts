import { MessageReferenceType, PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import { applyAutomod } from '../../resources/automod.ts'
import { renderChannel } from '../../resources/channel-payload.ts'
import { openDirectMessage } from '../../resources/channels.ts'
import { renderMessage } from '../../resources/message-payload.ts'
import {
  createMessage,
  deleteMessages,
  editMessage,
  pageMessages,
  requireMessage,
} from '../../resources/messages.ts'
import { canView, holds, requireInChannel } from '../../resources/permissions.ts'
import { addReaction, parseEmoji, removeReaction, startTyping } from '../../resources/reactions.ts'
import { buildPoll, votePoll } from '../../resources/polls.ts'
import { findStickers } from '../../resources/stickers.ts'
import { deleteThread, createThread, updateThread } from '../../resources/threads.ts'
import { renderThread } from '../../resources/thread-payload.ts'
import type { AttachmentStore } from '../../forms/attachment-store.ts'
import { DiscordError, SimError } from '../../discord-error.ts'
import { isSnowflake } from '../../snowflake.ts'
import type { ChannelState, MessageState } from '../../state/entities.ts'
import type { World } from '../../state/world.ts'
import { operation } from '../operation.ts'

const id = z.string().refine(isSnowflake, 'must be a snowflake')
const inChannel = { channelId: id, userId: id }
const onMessage = { ...inChannel, messageId: id }
const attachmentSchema = z.object({
  filename: z.string().min(1),
  contentType: z.string().default('application/octet-stream'),
  /** The file's bytes; left out for an empty file. */
  base64: z.string().default(''),
})

/**
 * Slow mode holds back people without BYPASS_SLOWMODE; bots are not affected.
 * Source: https://docs.discord.com/developers/change-log#new-bypass_slowmode-permission-permission-split
 */
function requirePatience(world: World, channel: ChannelState, userId: string): void {
  if (channel.rateLimitPerUser === 0 || world.user(userId).bot) return
  if (holds(world, channel, userId, PermissionFlagsBits.BypassSlowmode)) return
  const since = world.now() - channel.rateLimitPerUser * 1_000
  for (const message of channel.messages?.values() ?? []) {
    if (message.authorId !== userId || message.createdAtMs <= since) continue
    throw new DiscordError(429, 20_016, 'This action cannot be performed due to slowmode rate limit')
  }
}

const pollSchema = z.object({
  question: z.string().min(1).max(300),
  answers: z
    .array(z.object({ text: z.string().min(1).max(55) }))
    .min(1)
    .max(10),
  durationHours: z.number().min(0).max(768).optional(),
  multiselect: z.boolean().optional(),
})

/** Messages, reactions and threads, made by simulated people with the permissions they have. */
export function messageOperations(world: World, attachments: AttachmentStore) {
  function channelFor(input: { channelId: string; userId: string }, needed: bigint): ChannelState {
    const channel = world.channel(input.channelId)
    world.user(input.userId)
    requireInChannel(world, channel, input.userId, needed)
    const guild = channel.guildId === null ? null : world.guild(channel.guildId)
    if (guild?.members.get(input.userId)?.pending)
      throw new SimError('a pending member can do nothing before the membership screening')
    return channel
  }

  const sendBits = (channelId: string) =>
    world.channel(channelId).thread
      ? PermissionFlagsBits.SendMessagesInThreads
      : PermissionFlagsBits.SendMessages

  return {
    sendMessage: operation(
      z.object({
        ...inChannel,
        content: z.string().max(4_000).default(''),
        replyTo: id.optional(),
        /** Forward this message (of `channelId`, or of `forwardFrom`). */
        forward: id.optional(),
        forwardFrom: id.optional(),
        attachments: z.array(attachmentSchema).max(10).default([]),
        stickerIds: z.array(id).max(3).default([]),
        poll: pollSchema.optional(),
      }),
      (input) => {
        const channel = channelFor(input, sendBits(input.channelId))
        requirePatience(world, channel, input.userId)
        if (applyAutomod(world, channel, input.userId, input.content)) {
          throw new DiscordError(400, 200_000, 'Message was blocked by automatic moderation')
        }
        const place = channel.guildId === null ? {} : { guild_id: channel.guildId }
        const reference = input.forward
          ? {
              type: MessageReferenceType.Forward,
              message_id: input.forward,
              channel_id: input.forwardFrom ?? channel.id,
              ...place,
            }
          : input.replyTo
            ? {
                type: MessageReferenceType.Default,
                message_id: input.replyTo,
                channel_id: channel.id,
                ...place,
              }
            : null
        const files = input.attachments.map((file, index) =>
          attachments.keep(channel.id, {
            index,
            filename: file.filename,
            contentType: file.contentType,
            bytes: Buffer.from(file.base64, 'base64'),
          }),
        )
        return renderMessage(
          world,
          createMessage(world, channel, input.userId, {
            content: input.content,
            reference,
            attachments: files,
            stickers: input.stickerIds.length > 0 ? findStickers(world, input.stickerIds) : null,
            poll: input.poll ? buildPoll(world, input.poll) : null,
          }),
        )
      },
    ),
    editMessage: operation(z.object({ ...onMessage, content: z.string() }), (input) => {
      const channel = channelFor(input, 0n)
      const message = requireMessage(channel, input.messageId)
      if (message.authorId !== input.userId) throw new SimError('people can only edit their own messages')
      editMessage(world, channel, message, { content: input.content })
      return renderMessage(world, message)
    }),
    /** Deletes one message: one's own, or with Manage Messages another's. */
    deleteMessage: operation(z.object(onMessage), (input) => {
      const channel = channelFor(input, 0n)
      const message = requireMessage(channel, input.messageId)
      const own = message.authorId === input.userId
      if (!own) channelFor(input, PermissionFlagsBits.ManageMessages)
      deleteMessages(world, channel, [message.id], own ? null : { userId: input.userId })
      return { deleted: message.id }
    }),
    bulkDelete: operation(z.object({ ...inChannel, messageIds: z.array(id).min(2).max(100) }), (input) => {
      const channel = channelFor(input, PermissionFlagsBits.ManageMessages)
      deleteMessages(world, channel, input.messageIds, { userId: input.userId })
      return { deleted: input.messageIds }
    }),
    /** The channel as one of its people sees it, newest first; ephemeral answers only for `userId`. */
    messages: operation(
      z.object({
        channelId: id,
        userId: id.optional(),
        limit: z.number().int().min(1).max(1_000).default(50),
      }),
      (input) => {
        const channel = world.channel(input.channelId)
        const open = pageMessages(channel, { limit: input.limit })
        const own = [...(channel.messages?.values() ?? [])].filter(
          (message) => input.userId !== undefined && message.ephemeralFor === input.userId,
        )
        return [...open, ...own].map((message) => renderMessage(world, message))
      },
    ),
    /** Resolves with the first message that fits, present or to come; fails after `timeoutMs`. */
    waitForMessage: operation(
      z.object({
        channelId: id,
        authorId: id.optional(),
        contains: z.string().optional(),
        afterId: id.optional(),
        timeoutMs: z.number().int().positive().default(10_000),
      }),
      async (input) => {
        const fits = (message: MessageState) =>
          message.ephemeralFor === null &&
          (input.authorId === undefined || message.authorId === input.authorId) &&
          (input.contains === undefined || message.content.includes(input.contains)) &&
          (input.afterId === undefined || BigInt(message.id) > BigInt(input.afterId))
        const look = () => [...(world.channels.get(input.channelId)?.messages?.values() ?? [])].find(fits)
        const found = look() ?? (await waitFor(world, look, input.timeoutMs))
        if (!found) throw new SimError(`no such message came within ${input.timeoutMs} ms`)
        return renderMessage(world, found)
      },
    ),
    addReaction: operation(z.object({ ...onMessage, emoji: z.string() }), (input) => {
      const channel = channelFor(input, PermissionFlagsBits.ReadMessageHistory)
      const message = requireMessage(channel, input.messageId)
      addReaction(world, channel, message, parseEmoji(world, input.emoji), input.userId)
      return { reacted: input.emoji }
    }),
    removeReaction: operation(z.object({ ...onMessage, emoji: z.string() }), (input) => {
      const channel = channelFor(input, 0n)
      removeReaction(
        world,
        channel,
        requireMessage(channel, input.messageId),
        parseEmoji(world, input.emoji),
        input.userId,
      )
      return { removed: input.emoji }
    }),
    /** Votes on a poll, or takes the vote back. */
    votePoll: operation(
      z.object({ ...onMessage, answerId: z.number().int().positive(), remove: z.boolean().default(false) }),
      (input) => {
        const channel = channelFor(input, PermissionFlagsBits.ReadMessageHistory)
        votePoll(world, channel, requireMessage(channel, input.messageId), input)
        return { answerId: input.answerId, voted: !input.remove }
      },
    ),
    startTyping: operation(z.object(inChannel), (input) => {
      startTyping(world, channelFor(input, 0n), input.userId)
      return { typing: true }
    }),
    createThread: operation(
      z.object({
        ...inChannel,
        name: z.string().min(1),
        privateThread: z.boolean().default(false),
        fromMessageId: id.optional(),
      }),
      (input) => {
        const channel = channelFor(input, 0n)
        const startMessage =
          input.fromMessageId === undefined ? undefined : requireMessage(channel, input.fromMessageId)
        const type = input.privateThread ? 12 : 11
        const guild = world.guildOf(channel)
        return renderThread(
          createThread(
            world,
            guild,
            channel,
            { name: input.name, type, startMessage },
            { userId: input.userId },
          ),
        )
      },
    ),
    updateThread: operation(
      z.object({
        ...inChannel,
        archived: z.boolean().optional(),
        locked: z.boolean().optional(),
        name: z.string().optional(),
      }),
      (input) => {
        const channel = world.channel(input.channelId)
        updateThread(world, world.guildOf(channel), channel, input, { userId: input.userId })
        return renderThread(channel)
      },
    ),
    deleteThread: operation(z.object(inChannel), (input) => {
      const channel = world.channel(input.channelId)
      deleteThread(world, world.guildOf(channel), channel, { userId: input.userId })
      return { deleted: channel.id }
    }),
    openDirectMessage: operation(z.object({ userId: id }), (input) =>
      renderChannel(world, openDirectMessage(world, input.userId)),
    ),
    /** Whether that person sees the channel. */
    canView: operation(z.object(inChannel), (input) =>
      canView(world, world.channel(input.channelId), input.userId),
    ),
  }
}

async function waitFor<T>(
  world: World,
  look: () => T | undefined,
  timeoutMs: number,
): Promise<T | undefined> {
  return new Promise((resolve) => {
    const finish = (result: T | undefined) => {
      timer.cancel()
      stop()
      resolve(result)
    }
    const timer = world.clock.after(timeoutMs, () => finish(undefined))
    const stop = world.bus.listen(() => {
      const found = look()
      if (found !== undefined) finish(found)
    })
  })
}

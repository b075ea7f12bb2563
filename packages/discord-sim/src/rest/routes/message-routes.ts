import { MessageReferenceType, PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import { isTextBased } from '../../resources/channels.ts'
import { renderMessage } from '../../resources/message-payload.ts'
import {
  createMessage,
  deleteMessages,
  editMessage,
  pageMessages,
  requireMessage,
} from '../../resources/messages.ts'
import { canView, requireInChannel } from '../../resources/permissions.ts'
import { startTyping } from '../../resources/reactions.ts'
import { snowflakeTimeMs } from '../../snowflake.ts'
import type { ChannelState } from '../../state/entities.ts'
import {
  DiscordError,
  invalidField,
  missingAccess,
  missingPermissions,
  unknownResource,
} from '../../discord-error.ts'
import { parseForm, queryInteger, snowflake } from '../../forms/form.ts'
import {
  createMessageSchema,
  parseMessage,
  readMessageForm,
  requireContent,
} from '../../forms/message-form.ts'
import { botActor } from '../rest-context.ts'
import type { RestContext } from '../rest-context.ts'
import { noContent, ok, param } from '../route.ts'
import type { RestReply, RestRequest, Route } from '../route.ts'

const listSchema = z.object({
  limit: queryInteger(1, 100, 50),
  before: snowflake.optional(),
  after: snowflake.optional(),
  around: snowflake.optional(),
})
const bulkSchema = z.object({ messages: z.array(snowflake).min(2).max(100) })
const bulkDeleteMaxAgeMs = 14 * 86_400_000

/** What sending needs, which differs in threads. */
function sendPermission(channel: ChannelState): bigint {
  return channel.thread ? PermissionFlagsBits.SendMessagesInThreads : PermissionFlagsBits.SendMessages
}

export function messageRoutes(context: RestContext): Route[] {
  const { world } = context

  function channelFor(request: RestRequest, needed = 0n): ChannelState {
    const channel = world.channel(param(request, 'channel_id'))
    requireInChannel(world, channel, world.app.botId, needed)
    return channel
  }

  function create(request: RestRequest): RestReply {
    const channel = world.channel(param(request, 'channel_id'))
    if (!isTextBased(channel))
      throw new DiscordError(400, 50008, 'Cannot send messages in a non-text channel')
    requireInChannel(world, channel, world.app.botId, sendPermission(channel))
    if (channel.thread?.locked && channel.thread.archived) {
      throw new DiscordError(400, 50083, 'Thread is archived')
    }
    const fields = parseForm(createMessageSchema, request.body)
    const nonce = fields.nonce === null || fields.nonce === undefined ? null : String(fields.nonce)
    if (nonce !== null && fields.enforce_nonce) {
      const before = context.nonces.recent(channel.id, nonce)
      const present = before === null ? undefined : channel.messages?.get(before)
      if (present) return ok(renderMessage(world, present))
    }
    const form = readMessageForm(fields, request.files, channel.id, context.attachments)
    const reference = readReference(context, channel, fields.message_reference ?? null)
    requireContent(
      form,
      reference?.type === MessageReferenceType.Forward || (fields.sticker_ids?.length ?? 0) > 0,
    )
    const message = createMessage(world, channel, world.app.botId, {
      content: form.content ?? '',
      embeds: form.embeds ?? [],
      components: form.components ?? [],
      attachments: form.attachments ?? [],
      flags: form.flags,
      tts: form.tts,
      allowedMentions: fields.allowed_mentions ?? null,
      reference,
      nonce: fields.nonce ?? null,
    })
    if (nonce !== null) context.nonces.created(channel.id, nonce, message.id)
    return ok(renderMessage(world, message))
  }

  function edit(request: RestRequest): RestReply {
    const channel = channelFor(request)
    const message = requireMessage(channel, param(request, 'message_id'))
    if (message.authorId !== world.app.botId) {
      throw new DiscordError(403, 50005, 'Cannot edit a message authored by another user')
    }
    const form = parseMessage(request, channel.id, context.attachments, message)
    editMessage(world, channel, message, form)
    return ok(renderMessage(world, message))
  }

  function remove(request: RestRequest): RestReply {
    const channel = channelFor(request)
    const message = requireMessage(channel, param(request, 'message_id'))
    const own = message.authorId === world.app.botId
    if (!own) {
      if (channel.guildId === null)
        throw new DiscordError(403, 50003, 'Cannot execute action on a DM channel')
      requireInChannel(world, channel, world.app.botId, PermissionFlagsBits.ManageMessages)
    }
    deleteMessages(world, channel, [message.id], own ? null : botActor(context, request))
    return noContent()
  }

  function bulkDelete(request: RestRequest): RestReply {
    const channel = channelFor(request, PermissionFlagsBits.ManageMessages)
    const { messages } = parseForm(bulkSchema, request.body)
    const oldest = world.now() - bulkDeleteMaxAgeMs
    if (messages.some((id) => snowflakeTimeMs(id) < oldest)) {
      throw new DiscordError(400, 50034, 'You can only bulk delete messages that are under 14 days old.')
    }
    if (new Set(messages).size !== messages.length) {
      throw invalidField('messages', 'SET_TYPE_ALREADY_CONTAINS_VALUE', 'The set already contains this value')
    }
    deleteMessages(world, channel, messages, botActor(context, request))
    return noContent()
  }

  return [
    {
      method: 'GET',
      path: '/channels/:channel_id/messages',
      operation: 'list_messages',
      auth: 'bot',
      rate: { limit: 5, windowMs: 1_000 },
      handle: (request) => {
        const channel = channelFor(request)
        const query = parseForm(listSchema, request.query)
        if (!canReadHistory(context, channel)) return ok([])
        return ok(
          pageMessages(channel, {
            limit: query.limit,
            ...(query.before === undefined ? {} : { before: query.before }),
            ...(query.after === undefined ? {} : { after: query.after }),
            ...(query.around === undefined ? {} : { around: query.around }),
          }).map((message) => renderMessage(world, message)),
        )
      },
    },
    {
      method: 'POST',
      path: '/channels/:channel_id/messages',
      operation: 'create_message',
      auth: 'bot',
      rate: { limit: 5, windowMs: 5_000 },
      handle: create,
    },
    {
      method: 'GET',
      path: '/channels/:channel_id/messages/:message_id',
      operation: 'get_message',
      auth: 'bot',
      rate: { limit: 5, windowMs: 1_000 },
      handle: (request) => {
        const channel = channelFor(request, PermissionFlagsBits.ReadMessageHistory)
        return ok(renderMessage(world, requireMessage(channel, param(request, 'message_id'))))
      },
    },
    {
      method: 'PATCH',
      path: '/channels/:channel_id/messages/:message_id',
      operation: 'update_message',
      auth: 'bot',
      rate: { limit: 5, windowMs: 5_000 },
      handle: edit,
    },
    {
      method: 'DELETE',
      path: '/channels/:channel_id/messages/:message_id',
      operation: 'delete_message',
      auth: 'bot',
      rate: { limit: 5, windowMs: 1_000 },
      handle: remove,
    },
    {
      method: 'POST',
      path: '/channels/:channel_id/messages/bulk-delete',
      operation: 'bulk_delete_messages',
      auth: 'bot',
      rate: { limit: 1, windowMs: 1_000 },
      handle: bulkDelete,
    },
    {
      method: 'POST',
      path: '/channels/:channel_id/messages/:message_id/crosspost',
      operation: 'crosspost_message',
      auth: 'bot',
      handle: (request) => {
        const channel = channelFor(request, PermissionFlagsBits.SendMessages)
        if (channel.type !== 5)
          throw new DiscordError(400, 50024, 'Cannot execute action on this channel type')
        const message = requireMessage(channel, param(request, 'message_id'))
        if ((message.flags & 1) !== 0)
          throw new DiscordError(400, 40033, 'This message has already been crossposted.')
        message.flags |= 1
        editMessage(world, channel, message, {})
        return ok(renderMessage(world, message))
      },
    },
    {
      method: 'POST',
      path: '/channels/:channel_id/typing',
      operation: 'trigger_typing_indicator',
      auth: 'bot',
      rate: { limit: 5, windowMs: 5_000 },
      handle: (request) => {
        startTyping(world, channelFor(request, PermissionFlagsBits.SendMessages), world.app.botId)
        return noContent()
      },
    },
  ]
}

function canReadHistory(context: RestContext, channel: ChannelState): boolean {
  try {
    requireInChannel(context.world, channel, context.world.app.botId, PermissionFlagsBits.ReadMessageHistory)
    return true
  } catch {
    return false
  }
}

type ReferenceInput = z.output<typeof createMessageSchema>['message_reference']

/** Checks what a reply or forward points at; a reply may lose its target when `fail_if_not_exists` is false. */
function readReference(context: RestContext, channel: ChannelState, input: ReferenceInput) {
  if (!input?.message_id) return null
  const { world } = context
  const sourceId = input.channel_id ?? channel.id
  const source = world.channels.get(sourceId)
  const forward = input.type === 1
  if (!forward && sourceId !== channel.id) {
    throw invalidField(
      'message_reference',
      'REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL',
      'Cannot reply to a message in a different channel',
    )
  }
  if (!source) throw unknownResource('channel')
  if (!canView(world, source, world.app.botId)) throw forward ? missingAccess() : missingPermissions()
  if (!source.messages?.has(input.message_id)) {
    if (!forward && input.fail_if_not_exists === false) return null
    throw invalidField('message_reference', 'MESSAGE_REFERENCE_UNKNOWN_MESSAGE', 'Unknown message')
  }
  return {
    type: forward ? MessageReferenceType.Forward : MessageReferenceType.Default,
    message_id: input.message_id,
    channel_id: sourceId,
    ...(source.guildId === null ? {} : { guild_id: source.guildId }),
  }
}

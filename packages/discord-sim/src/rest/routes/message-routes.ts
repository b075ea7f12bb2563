import { MessageFlags, MessageReferenceType, PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import {
  isSystemMessage,
  ownDeletionNeeds,
  requireDeletable,
  systemMessage,
} from '../../resources/message-kinds.ts'
import { renderForApplication } from '../../resources/message-content.ts'
import { directMessagesPaused } from '../../resources/incidents.ts'
import { renderMessage } from '../../resources/message-payload.ts'
import {
  createMessage,
  deleteMessages,
  editMessage,
  pageMessages,
  requireOpenMessage,
} from '../../resources/messages.ts'
import { canView, holds, requireInChannel } from '../../resources/permissions.ts'
import { startTyping } from '../../resources/reactions.ts'
import { snowflakeTimeMs } from '../../snowflake.ts'
import type { ChannelState, MessageState } from '../../state/entities.ts'
import {
  DiscordError,
  invalidField,
  missingAccess,
  missingPermissions,
  unknownResource,
} from '../../discord-error.ts'
import { parseForm, queryInteger, snowflake } from '../../forms/form.ts'
import { newMessage } from '../../forms/message-input.ts'
import {
  createMessageSchema,
  legacyField,
  messageSchema,
  parseMessage,
  readMessageForm,
  requireContent,
  requireContentAfter,
} from '../../forms/message-form.ts'
import {
  allowedEdit,
  allowedForm,
  requireActiveThread,
  requireMayWrite,
  requireOpenThread,
} from '../send-checks.ts'
import { botActor } from '../rest-context.ts'
import type { RestContext } from '../rest-context.ts'
import { noContent, ok, param } from '../route.ts'
import type { RestReply, RestRequest, Route } from '../route.ts'

/** "The `before`, `after`, and `around` parameters are mutually exclusive, only one may be passed at a time." */
const listSchema = z.object({
  limit: queryInteger(1, 100, 50),
  before: snowflake.optional(),
  after: snowflake.optional(),
  around: snowflake.optional(),
})
const bulkSchema = z.object({ messages: z.array(snowflake).max(100) })
/** Edits of messages older than this are limited beside the route's bucket. */
const oldMessageMs = 3_600_000
const bulkDeleteMaxAgeMs = 14 * 86_400_000

export function messageRoutes(context: RestContext): Route[] {
  const { world } = context

  function channelFor(request: RestRequest, needed = 0n): ChannelState {
    const channel = world.channel(param(request, 'channel_id'))
    requireInChannel(world, channel, world.app.botId, needed)
    return channel
  }

  function create(request: RestRequest): RestReply {
    const channel = world.channel(param(request, 'channel_id'))
    requireMayWrite(world, channel)
    const [recipient] = channel.recipients
    if (recipient !== undefined && directMessagesPaused(world, world.app.botId, recipient))
      throw new DiscordError(403, 50007, 'Cannot send messages to this user')
    const fields = parseForm(createMessageSchema, request.body)
    const nonce = fields.nonce === null || fields.nonce === undefined ? null : String(fields.nonce)
    if (nonce !== null && fields.enforce_nonce) {
      const before = context.nonces.recent(channel.id, nonce)
      const present = before === null ? undefined : channel.messages?.get(before)
      if (present) return ok(renderMessage(world, present))
    }
    const reference = readReference(context, channel, fields.message_reference ?? null)
    const form = allowedForm(
      world,
      channel,
      readMessageForm(fields, request.files, channel.id, context.attachments),
      { files: request.files.length, isReply: reference?.type === MessageReferenceType.Default },
    )
    const theme = fields.shared_client_theme ?? null
    if (theme && (form.flags ?? 0) & MessageFlags.IsComponentsV2) throw legacyField('shared_client_theme')
    requireContent(form, reference?.type === MessageReferenceType.Forward || theme !== null)
    const message = createMessage(world, channel, world.app.botId, {
      ...newMessage(world, form),
      theme,
      reference,
      nonce: fields.nonce ?? null,
    })
    if (nonce !== null) context.nonces.created(channel.id, nonce, message.id)
    const shown = renderMessage(world, message)
    return ok(nonce === null ? shown : { ...shown, nonce: fields.nonce })
  }

  function edit(request: RestRequest): RestReply {
    const channel = channelFor(request)
    const message = requireOpenMessage(channel, param(request, 'message_id'))
    requireActiveThread(channel)
    requireOpenThread(world, channel)
    if (isSystemMessage(message)) throw systemMessage()
    if (message.authorId !== world.app.botId) {
      suppressEmbedsOfOthers(request, channel, message)
      return ok(renderMessage(world, message))
    }
    if (message.poll) throw new DiscordError(400, 520_003, 'Cannot edit a poll message')
    const read = parseMessage(request, channel.id, context.attachments, { present: message })
    if (read.stickerIds?.length) throw new DiscordError(400, 50_080, 'Cannot edit stickers within a message')
    const form = allowedEdit(world, channel, read, request.files.length)
    requireContentAfter(form, message)
    if (world.now() - message.createdAtMs > oldMessageMs) context.limits.take('oldEdits', channel.id)
    editMessage(world, channel, message, form)
    return ok(renderMessage(world, message))
  }

  /** Others' messages are only edited in whether their embeds are shown. */
  function suppressEmbedsOfOthers(request: RestRequest, channel: ChannelState, message: MessageState): void {
    const { flags, ...others } = parseForm(messageSchema, request.body)
    if (flags === undefined || flags === null || Object.keys(others).length > 0) {
      throw new DiscordError(403, 50_005, 'Cannot edit a message authored by another user')
    }
    requireInChannel(world, channel, world.app.botId, PermissionFlagsBits.ManageMessages)
    editMessage(world, channel, message, { flags: flags & MessageFlags.SuppressEmbeds })
  }

  function remove(request: RestRequest): RestReply {
    const channel = channelFor(request)
    const message = requireOpenMessage(channel, param(request, 'message_id'))
    const own = message.authorId === world.app.botId
    if (!own) {
      if (channel.guildId === null)
        throw new DiscordError(403, 50003, 'Cannot execute action on a DM channel')
    }
    requireDeletable(message)
    requireInChannel(
      world,
      channel,
      world.app.botId,
      own ? ownDeletionNeeds(message) : PermissionFlagsBits.ManageMessages,
    )
    deleteMessages(world, channel, [message.id], own ? null : botActor(context, request))
    return noContent()
  }

  function bulkDelete(request: RestRequest): RestReply {
    const channel = channelFor(request, PermissionFlagsBits.ManageMessages)
    if (channel.guildId === null) throw new DiscordError(403, 50_003, 'Cannot execute action on a DM channel')
    const { messages } = parseForm(bulkSchema, request.body)
    if (messages.length < 2) {
      throw new DiscordError(
        400,
        50_016,
        'Provided too few or too many messages to delete. Must provide at least 2 and fewer than 100 messages to delete.',
      )
    }
    const oldest = world.now() - bulkDeleteMaxAgeMs
    if (messages.some((id) => snowflakeTimeMs(id) < oldest)) {
      throw new DiscordError(400, 50034, 'You can only bulk delete messages that are under 14 days old.')
    }
    if (new Set(messages).size !== messages.length) {
      throw invalidField('messages', 'SET_TYPE_ALREADY_CONTAINS_VALUE', 'The set already contains this value')
    }
    for (const id of messages) {
      const message = channel.messages?.get(id)
      if (message) requireDeletable(message)
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
        const anchors = [query.before, query.after, query.around].filter((anchor) => anchor !== undefined)
        if (anchors.length > 1)
          throw invalidField(
            'around',
            'BASE_TYPE_INVALID',
            'Only one of before, after and around may be passed',
          )
        if (!holds(world, channel, world.app.botId, PermissionFlagsBits.ReadMessageHistory)) return ok([])
        return ok(
          pageMessages(channel, {
            limit: query.limit,
            ...(query.before === undefined ? {} : { before: query.before }),
            ...(query.after === undefined ? {} : { after: query.after }),
            ...(query.around === undefined ? {} : { around: query.around }),
          }).map((message) => renderForApplication(world, message)),
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
        return ok(renderForApplication(world, requireOpenMessage(channel, param(request, 'message_id'))))
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
        const channel = channelFor(request)
        if (channel.type !== 5)
          throw new DiscordError(400, 50024, 'Cannot execute action on this channel type')
        const message = requireOpenMessage(channel, param(request, 'message_id'))
        const own = message.authorId === world.app.botId
        const others = own ? 0n : PermissionFlagsBits.ManageMessages
        requireInChannel(world, channel, world.app.botId, PermissionFlagsBits.SendMessages | others)
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

type ReferenceInput = z.output<typeof createMessageSchema>['message_reference']

/** Checks what a reply or forward points at; a reply may lose its target when `fail_if_not_exists` is false. */
function readReference(context: RestContext, channel: ChannelState, input: ReferenceInput) {
  if (!input) return null
  if (!input.message_id) {
    throw invalidField('message_reference.message_id', 'BASE_TYPE_REQUIRED', 'This field is required')
  }
  if (input.type === 1 && !input.channel_id) {
    throw invalidField('message_reference.channel_id', 'BASE_TYPE_REQUIRED', 'This field is required')
  }
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
  const target = source.messages?.get(input.message_id)
  if (target && isSystemMessage(target)) {
    throw invalidField(
      'message_reference',
      'REPLIES_CANNOT_REFERENCE_SYSTEM_MESSAGE',
      'Cannot reply to a system message',
    )
  }
  if (!target || target.ephemeralFor !== null) {
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

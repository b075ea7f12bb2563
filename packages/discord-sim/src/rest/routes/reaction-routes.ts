import { PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import { requireOpenMessage } from '../../resources/messages.ts'
import { isSystemMessage, systemMessage } from '../../resources/message-kinds.ts'
import { holds, requireInChannel } from '../../resources/permissions.ts'
import { pinMessage, pinnedMessages, unpinMessage } from '../../resources/pins.ts'
import {
  addReaction,
  clearReactions,
  findReaction,
  parseEmoji,
  removeReaction,
} from '../../resources/reactions.ts'
import { renderForApplication } from '../../resources/message-content.ts'
import { compareSnowflakes } from '../../snowflake.ts'
import { parseForm, queryInteger, snowflake } from '../../forms/form.ts'
import { requireActiveThread } from '../send-checks.ts'
import { botActor } from '../rest-context.ts'
import type { RestContext } from '../rest-context.ts'
import { noContent, ok, param } from '../route.ts'
import type { RateRule, RestRequest, Route } from '../route.ts'
import { isoTimestamp } from '../../timestamp.ts'

const reactionRate: RateRule = { limit: 1, windowMs: 250, bucket: 'reactions' }
const listSchema = z.object({
  limit: queryInteger(1, 100, 25),
  after: snowflake.optional(),
  /** 0 normal, 1 burst; nobody bursts here. */
  type: z.coerce
    .number()
    .pipe(z.literal([0, 1]))
    .default(0),
})
const pinPageSchema = z.object({
  limit: queryInteger(1, 50, 50),
  before: z.iso.datetime({ offset: true }).optional(),
})

/** Reactions and pins: what people stick to messages. */
export function reactionRoutes(context: RestContext): Route[] {
  const { world } = context
  const botId = world.app.botId

  function target(request: RestRequest, needed: bigint) {
    const channel = world.channel(param(request, 'channel_id'))
    requireInChannel(world, channel, botId, needed)
    return { channel, message: requireOpenMessage(channel, param(request, 'message_id')) }
  }

  const emojiPath = '/channels/:channel_id/messages/:message_id/reactions/:emoji_name'
  const pin = (request: RestRequest) => {
    const { channel, message } = target(request, PermissionFlagsBits.PinMessages)
    requireActiveThread(channel)
    if (isSystemMessage(message)) throw systemMessage()
    pinMessage(world, channel, message, botActor(context, request))
    return noContent()
  }
  const unpin = (request: RestRequest) => {
    const { channel, message } = target(request, PermissionFlagsBits.PinMessages)
    requireActiveThread(channel)
    unpinMessage(world, channel, message, botActor(context, request))
    return noContent()
  }
  const pinsOf = (request: RestRequest) => {
    const channel = world.channel(param(request, 'channel_id'))
    requireInChannel(world, channel, botId, 0n)
    return holds(world, channel, botId, PermissionFlagsBits.ReadMessageHistory) ? pinnedMessages(channel) : []
  }

  return [
    {
      method: 'PUT',
      path: `${emojiPath}/@me`,
      operation: 'add_my_message_reaction',
      auth: 'bot',
      rate: reactionRate,
      handle: (request) => {
        const emoji = parseEmoji(world, param(request, 'emoji_name'))
        const needed = PermissionFlagsBits.ReadMessageHistory
        const { channel, message } = target(request, needed)
        requireActiveThread(channel)
        if (isSystemMessage(message)) throw systemMessage()
        if (!findReaction(message, emoji)) target(request, needed | PermissionFlagsBits.AddReactions)
        addReaction(world, channel, message, emoji, botId)
        return noContent()
      },
    },
    {
      method: 'DELETE',
      path: `${emojiPath}/@me`,
      operation: 'delete_my_message_reaction',
      auth: 'bot',
      rate: reactionRate,
      handle: (request) => {
        const { channel, message } = target(request, 0n)
        removeReaction(world, channel, message, parseEmoji(world, param(request, 'emoji_name')), botId)
        return noContent()
      },
    },
    {
      method: 'DELETE',
      path: `${emojiPath}/:user_id`,
      operation: 'delete_user_message_reaction',
      auth: 'bot',
      rate: reactionRate,
      handle: (request) => {
        const { channel, message } = target(request, PermissionFlagsBits.ManageMessages)
        const emoji = parseEmoji(world, param(request, 'emoji_name'))
        removeReaction(world, channel, message, emoji, param(request, 'user_id'))
        return noContent()
      },
    },
    {
      method: 'GET',
      path: emojiPath,
      operation: 'list_message_reactions_by_emoji',
      auth: 'bot',
      handle: (request) => {
        const { message } = target(request, PermissionFlagsBits.ReadMessageHistory)
        const query = parseForm(listSchema, request.query)
        const users =
          query.type === 1
            ? []
            : [...(findReaction(message, parseEmoji(world, param(request, 'emoji_name')))?.users ?? [])]
        const after = query.after
        return ok(
          users
            .toSorted(compareSnowflakes)
            .filter((id) => after === undefined || compareSnowflakes(id, after) > 0)
            .slice(0, query.limit)
            .map((id) => world.user(id)),
        )
      },
    },
    {
      method: 'DELETE',
      path: emojiPath,
      operation: 'delete_all_message_reactions_by_emoji',
      auth: 'bot',
      rate: reactionRate,
      handle: (request) => {
        const { channel, message } = target(request, PermissionFlagsBits.ManageMessages)
        clearReactions(world, channel, message, parseEmoji(world, param(request, 'emoji_name')))
        return noContent()
      },
    },
    {
      method: 'DELETE',
      path: '/channels/:channel_id/messages/:message_id/reactions',
      operation: 'delete_all_message_reactions',
      auth: 'bot',
      rate: reactionRate,
      handle: (request) => {
        const { channel, message } = target(request, PermissionFlagsBits.ManageMessages)
        clearReactions(world, channel, message, null)
        return noContent()
      },
    },
    {
      method: 'GET',
      path: '/channels/:channel_id/messages/pins',
      operation: 'list_pins',
      auth: 'bot',
      handle: (request) => {
        const query = parseForm(pinPageSchema, request.query)
        const beforeMs = query.before === undefined ? Number.POSITIVE_INFINITY : Date.parse(query.before)
        const all = pinsOf(request).filter((message) => (message.pinnedAtMs ?? 0) < beforeMs)
        return ok({
          items: all.slice(0, query.limit).map((message) => ({
            pinned_at: isoTimestamp(message.pinnedAtMs ?? 0),
            message: renderForApplication(world, message),
          })),
          has_more: all.length > query.limit,
        })
      },
    },
    {
      method: 'PUT',
      path: '/channels/:channel_id/messages/pins/:message_id',
      operation: 'create_pin',
      auth: 'bot',
      handle: pin,
    },
    {
      method: 'DELETE',
      path: '/channels/:channel_id/messages/pins/:message_id',
      operation: 'delete_pin',
      auth: 'bot',
      handle: unpin,
    },
    {
      method: 'GET',
      path: '/channels/:channel_id/pins',
      operation: 'deprecated_list_pins',
      auth: 'bot',
      handle: (request) => ok(pinsOf(request).map((message) => renderForApplication(world, message))),
    },
    {
      method: 'PUT',
      path: '/channels/:channel_id/pins/:message_id',
      operation: 'deprecated_create_pin',
      auth: 'bot',
      handle: pin,
    },
    {
      method: 'DELETE',
      path: '/channels/:channel_id/pins/:message_id',
      operation: 'deprecated_delete_pin',
      auth: 'bot',
      handle: unpin,
    },
  ]
}

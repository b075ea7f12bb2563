import { ChannelType, PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import { renderMessage } from '../../resources/message-payload.ts'
import { createMessage, deleteMessages, editMessage, requireMessage } from '../../resources/messages.ts'
import { requireInChannel, requireInGuild } from '../../resources/permissions.ts'
import {
  createWebhook,
  deleteWebhook,
  renderWebhook,
  requireWebhook,
  updateWebhook,
} from '../../resources/webhooks.ts'
import type { ChannelState, MessageState, WebhookState } from '../../state/entities.ts'
import { DiscordError, unknownResource } from '../../discord-error.ts'
import { forumTypes } from '../../resources/channel-payload.ts'
import { createThread } from '../../resources/threads.ts'
import { imageData } from '../../forms/image-data.ts'
import { newMessage } from '../../forms/message-input.ts'
import { webhookName } from '../../forms/name-form.ts'
import { requireTags } from '../thread-checks.ts'
import { parseForm, snowflake } from '../../forms/form.ts'
import { messageSchema, parseMessage, readMessageForm, requireContent } from '../../forms/message-form.ts'
import { botActor } from '../rest-context.ts'
import type { RestContext } from '../rest-context.ts'
import { noContent, ok, param, queryFlag } from '../route.ts'
import type { RateRule, RestRequest, Route } from '../route.ts'

const webhookRate: RateRule = { limit: 5, windowMs: 2_000, bucket: 'webhook-token' }
const createSchema = z.object({ name: webhookName, avatar: imageData.nullish() })
const byTokenSchema = createSchema.partial()
const patchSchema = byTokenSchema.extend({ channel_id: snowflake.optional() })
const executeSchema = messageSchema.extend({
  username: webhookName.nullish(),
  avatar_url: z.string().max(2_048).nullish(),
  thread_name: z.string().max(100).nullish(),
  applied_tags: z.array(snowflake).max(5).nullish(),
})
const threadSchema = z.object({ thread_id: snowflake.optional() })
type ExecuteFields = z.output<typeof executeSchema>

/**
 * Webhooks. The id of the application with an interaction's token is a webhook too: those requests go
 * to the interaction.
 */
export function webhookRoutes(context: RestContext): Route[] {
  const { world, interactions } = context

  function webhookFor(request: RestRequest): WebhookState {
    return requireWebhook(world, param(request, 'webhook_id'), param(request, 'webhook_token'))
  }

  function isInteraction(request: RestRequest): boolean {
    return param(request, 'webhook_id') === world.app.id
  }

  function execute(request: RestRequest) {
    if (isInteraction(request)) {
      const message = interactions.followUp(param(request, 'webhook_token'), request)
      return ok(renderMessage(world, message))
    }
    const webhook = webhookFor(request)
    const fields = parseForm(executeSchema, request.body)
    const place = placeOf(request, webhook, fields)
    const parentId = webhook.channelId
    const read = readMessageForm(fields, request.files, parentId, context.attachments, { place: 'webhook' })
    // Webhooks have no stickers.
    const form = { ...read, stickerIds: undefined }
    requireContent(form)
    context.limits.take('webhookMessages', parentId)
    const message = createMessage(world, place(), webhook.id, {
      ...newMessage(world, form),
      webhook: { id: webhook.id, name: fields.username ?? webhook.name },
      applicationId: webhook.applicationId,
    })
    return queryFlag(request, 'wait') ? ok(renderMessage(world, message)) : noContent()
  }

  /** The webhook's channel, or the thread in it that the query names. */
  function channelOf(request: RestRequest, webhook: WebhookState): ChannelState {
    const { thread_id: threadId } = parseForm(threadSchema, request.query)
    if (threadId === undefined) return world.channel(webhook.channelId)
    const thread = world.channels.get(threadId)
    if (thread?.parentId !== webhook.channelId || !thread.thread) throw unknownResource('channel')
    return thread
  }

  /**
   * Where a message goes; a post of a forum is started when it is asked for. The codes 220001 to 220003 are those of
   * https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
   */
  function placeOf(
    request: RestRequest,
    webhook: WebhookState,
    { thread_name: name, applied_tags: tags }: ExecuteFields,
  ): () => ChannelState {
    const channel = world.channel(webhook.channelId)
    const isForum = forumTypes.includes(channel.type)
    const inThread = request.query.thread_id !== undefined
    if (!isForum && name) {
      throw new DiscordError(400, 220_003, 'Webhooks can only create threads in forum channels')
    }
    if (isForum && name && inThread) {
      const message = 'Webhooks posted to forum channels cannot have both a thread_name and thread_id'
      throw new DiscordError(400, 220_002, message)
    }
    if (isForum && !name && !inThread) {
      const message = 'Webhooks posted to forum channels must have a thread_name or thread_id'
      throw new DiscordError(400, 220_001, message)
    }
    if (!isForum || !name) {
      const found = channelOf(request, webhook)
      return () => found
    }
    requireTags(world, channel, tags ?? [])
    return () =>
      createThread(
        world,
        world.guildOf(channel),
        channel,
        { name, type: 11, appliedTags: tags ?? [] },
        { userId: webhook.id },
      )
  }

  function messageOf(request: RestRequest, messageId: string): MessageState {
    parseForm(threadSchema, request.query)
    if (isInteraction(request)) return interactions.messageOf(param(request, 'webhook_token'), messageId)
    const webhook = webhookFor(request)
    const channel = channelOf(request, webhook)
    const message = requireMessage(channel, messageId)
    if (message.webhookId !== webhook.id) throw unknownResource('message')
    return message
  }

  const messageRoutesFor = (path: string, idOf: (request: RestRequest) => string, name: string): Route[] => [
    {
      method: 'GET',
      path,
      operation: `get_${name}`,
      auth: 'none',
      rate: webhookRate,
      globalExempt: true,
      handle: (request) => ok(renderMessage(world, messageOf(request, idOf(request)))),
    },
    {
      method: 'PATCH',
      path,
      operation: `update_${name}`,
      auth: 'none',
      rate: webhookRate,
      globalExempt: true,
      handle: (request) => {
        const message = messageOf(request, idOf(request))
        const channel = world.channel(message.channelId)
        const form = parseMessage(request, channel.id, context.attachments, {
          present: message,
          place: isInteraction(request) ? 'interaction' : 'webhook',
        })
        if (isInteraction(request)) interactions.edit(param(request, 'webhook_token'), message, form)
        else editMessage(world, channel, message, form)
        return ok(renderMessage(world, message))
      },
    },
    {
      method: 'DELETE',
      path,
      operation: `delete_${name}`,
      auth: 'none',
      rate: webhookRate,
      globalExempt: true,
      handle: (request) => {
        const message = messageOf(request, idOf(request))
        deleteMessages(world, world.channel(message.channelId), [message.id])
        if (isInteraction(request)) interactions.deleted(param(request, 'webhook_token'), message)
        return noContent()
      },
    },
  ]

  const tokenPath = '/webhooks/:webhook_id/:webhook_token'
  return [
    {
      method: 'POST',
      path: tokenPath,
      operation: 'execute_webhook',
      auth: 'none',
      rate: webhookRate,
      globalExempt: true,
      handle: execute,
    },
    ...messageRoutesFor(`${tokenPath}/messages/@original`, () => '@original', 'original_webhook_message'),
    ...messageRoutesFor(
      `${tokenPath}/messages/:message_id`,
      (request) => param(request, 'message_id'),
      'webhook_message',
    ),
    {
      method: 'POST',
      path: '/channels/:channel_id/webhooks',
      operation: 'create_webhook',
      auth: 'bot',
      silentRate: true,
      handle: (request) => {
        const channel = world.channel(param(request, 'channel_id'))
        requireInChannel(world, channel, world.app.botId, PermissionFlagsBits.ManageWebhooks)
        if (channel.guildId === null)
          throw new DiscordError(403, 50003, 'Cannot execute action on a DM channel')
        if (channel.thread || channel.type === ChannelType.GuildCategory)
          throw new DiscordError(400, 50024, 'Cannot execute action on this channel type')
        const { name, avatar } = parseForm(createSchema, request.body)
        const webhook = createWebhook(
          world,
          world.guildOf(channel),
          channel,
          { name, avatar: avatar ?? null },
          botActor(context, request),
        )
        return ok(renderWebhook(world, webhook, context.urls.base))
      },
    },
    {
      method: 'GET',
      path: '/channels/:channel_id/webhooks',
      operation: 'list_channel_webhooks',
      auth: 'bot',
      handle: (request) => {
        const channel = world.channel(param(request, 'channel_id'))
        requireInChannel(world, channel, world.app.botId, PermissionFlagsBits.ManageWebhooks)
        const found = [...world.webhooks.values()].filter((webhook) => webhook.channelId === channel.id)
        return ok(found.map((webhook) => renderWebhook(world, webhook, context.urls.base)))
      },
    },
    {
      method: 'GET',
      path: '/guilds/:guild_id/webhooks',
      operation: 'get_guild_webhooks',
      auth: 'bot',
      handle: (request) => {
        const guild = world.guild(param(request, 'guild_id'))
        requireInGuild(world, guild, world.app.botId, PermissionFlagsBits.ManageWebhooks)
        const found = [...world.webhooks.values()].filter((webhook) => webhook.guildId === guild.id)
        return ok(found.map((webhook) => renderWebhook(world, webhook, context.urls.base)))
      },
    },
    ...webhookItself(context),
  ]
}

/** A webhook as an object: by the bot, or by whoever holds its token. */
function webhookItself(context: RestContext): Route[] {
  const { world } = context
  return (['bot', 'none'] as const).flatMap((auth): Route[] => {
    const byToken = auth === 'none'
    const path = byToken ? '/webhooks/:webhook_id/:webhook_token' : '/webhooks/:webhook_id'
    const suffix = byToken ? '_by_token' : ''
    const find = (request: RestRequest) => {
      const webhook = requireWebhook(
        world,
        param(request, 'webhook_id'),
        byToken ? param(request, 'webhook_token') : undefined,
      )
      if (!byToken)
        requireInGuild(
          world,
          world.guild(webhook.guildId),
          world.app.botId,
          PermissionFlagsBits.ManageWebhooks,
        )
      return webhook
    }
    /** Whoever holds the token alone is not told who made the webhook. */
    const show = (webhook: WebhookState) => {
      const { user, ...shown } = renderWebhook(world, webhook, context.urls.base)
      return byToken ? shown : { ...shown, user }
    }
    return [
      {
        method: 'GET',
        path,
        operation: `get_webhook${suffix}`,
        auth,
        handle: (request) => {
          return ok(show(find(request)))
        },
      },
      {
        method: 'PATCH',
        path,
        operation: `update_webhook${suffix}`,
        auth,
        handle: (request) => {
          const webhook = find(request)
          const fields: z.output<typeof patchSchema> = parseForm(
            byToken ? byTokenSchema : patchSchema,
            request.body,
          )
          const target = fields.channel_id === undefined ? undefined : world.channel(fields.channel_id)
          if (target) {
            if (target.guildId !== webhook.guildId || target.thread) throw unknownResource('channel')
            requireInChannel(world, target, world.app.botId, PermissionFlagsBits.ManageWebhooks)
          }
          updateWebhook(
            world,
            webhook,
            { name: fields.name, avatar: fields.avatar, channelId: target?.id },
            botActor(context, request),
          )
          return ok(show(webhook))
        },
      },
      {
        method: 'DELETE',
        path,
        operation: `delete_webhook${suffix}`,
        auth,
        handle: (request) => {
          deleteWebhook(world, find(request), botActor(context, request))
          return noContent()
        },
      },
    ]
  })
}

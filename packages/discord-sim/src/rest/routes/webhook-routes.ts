import { PermissionFlagsBits } from 'discord-api-types/v10'
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
import type { MessageState, WebhookState } from '../../state/entities.ts'
import { unknownResource } from '../../discord-error.ts'
import { parseForm, snowflake } from '../../forms/form.ts'
import { messageSchema, parseMessage, readMessageForm, requireContent } from '../../forms/message-form.ts'
import { botActor } from '../rest-context.ts'
import type { RestContext } from '../rest-context.ts'
import { noContent, ok, param, queryFlag } from '../route.ts'
import type { RateRule, RestRequest, Route } from '../route.ts'

const webhookRate: RateRule = { limit: 5, windowMs: 2_000, bucket: 'webhook-token' }
const createSchema = z.object({ name: z.string().min(1).max(80), avatar: z.string().nullish() })
const patchSchema = z.object({ name: z.string().min(1).max(80).optional(), channel_id: snowflake.optional() })
const executeSchema = messageSchema.extend({
  username: z.string().min(1).max(80).nullish(),
  avatar_url: z.string().nullish(),
  thread_name: z.string().max(100).nullish(),
})

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
    const channel = world.channel(request.query.thread_id ?? webhook.channelId)
    const fields = parseForm(executeSchema, request.body)
    const form = readMessageForm(fields, request.files, channel.id, context.attachments, { place: 'webhook' })
    requireContent(form)
    context.limits.take('webhookMessages', webhook.channelId)
    const message = createMessage(world, channel, webhook.id, {
      content: form.content ?? '',
      embeds: form.embeds ?? [],
      components: form.components ?? [],
      attachments: form.attachments ?? [],
      flags: form.flags,
      allowedMentions: form.allowedMentions,
      webhook: { id: webhook.id, name: fields.username ?? webhook.name },
      applicationId: webhook.applicationId,
    })
    return queryFlag(request, 'wait') ? ok(renderMessage(world, message)) : noContent()
  }

  function messageOf(request: RestRequest, messageId: string): MessageState {
    if (isInteraction(request)) return interactions.messageOf(param(request, 'webhook_token'), messageId)
    const webhook = webhookFor(request)
    const channel = world.channel(request.query.thread_id ?? webhook.channelId)
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
        const { name } = parseForm(createSchema, request.body)
        const webhook = createWebhook(
          world,
          world.guildOf(channel),
          channel,
          name,
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
    return [
      {
        method: 'GET',
        path,
        operation: `get_webhook${suffix}`,
        auth,
        handle: (request) => {
          const { user, ...shown } = renderWebhook(world, find(request), context.urls.base)
          return ok(byToken ? shown : { ...shown, user })
        },
      },
      {
        method: 'PATCH',
        path,
        operation: `update_webhook${suffix}`,
        auth,
        handle: (request) => {
          const webhook = find(request)
          const fields = parseForm(patchSchema, request.body)
          updateWebhook(
            world,
            webhook,
            { name: fields.name, channelId: fields.channel_id },
            botActor(context, request),
          )
          return ok(renderWebhook(world, webhook, context.urls.base))
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

import { AuditLogEvent } from 'discord-api-types/v10'
import type { APIWebhook } from 'discord-api-types/v10'
import type { ChannelState, GuildState, WebhookState } from '../state/entities.ts'
import type { Actor, World } from '../state/world.ts'
import { DiscordError, unknownResource } from '../discord-error.ts'
import { auditDifference, recordAudit } from './audit-log.ts'

export function requireWebhook(world: World, id: string, token?: string): WebhookState {
  const webhook = world.webhooks.get(id)
  if (!webhook) throw unknownResource('webhook')
  if (token !== undefined && webhook.token !== token) {
    throw new DiscordError(401, 50027, 'Invalid Webhook Token')
  }
  return webhook
}

export function renderWebhook(world: World, webhook: WebhookState, baseUrl: string): APIWebhook {
  return {
    id: webhook.id,
    type: 1,
    guild_id: webhook.guildId,
    channel_id: webhook.channelId,
    name: webhook.name,
    avatar: webhook.avatar,
    application_id: webhook.applicationId,
    token: webhook.token,
    url: `${baseUrl}/api/webhooks/${webhook.id}/${webhook.token}`,
    user: world.user(webhook.creatorId),
  }
}

function announce(world: World, guild: GuildState, channelId: string): void {
  world.bus.emit('WEBHOOKS_UPDATE', guild, { guild_id: guild.id, channel_id: channelId }, { channelId })
}

export function createWebhook(
  world: World,
  guild: GuildState,
  channel: ChannelState,
  { name, avatar }: Pick<WebhookState, 'name' | 'avatar'>,
  actor: Actor,
): WebhookState {
  const count = [...world.webhooks.values()].filter((webhook) => webhook.channelId === channel.id).length
  if (count >= 15) throw new DiscordError(400, 30007, 'Maximum number of webhooks reached (15)')
  const webhook: WebhookState = {
    id: world.ids.next(),
    token: world.random.text(68),
    guildId: guild.id,
    channelId: channel.id,
    name,
    avatar,
    creatorId: actor.userId,
    applicationId: actor.userId === world.app.botId ? world.app.id : null,
  }
  world.webhooks.set(webhook.id, webhook)
  announce(world, guild, channel.id)
  recordAudit(world, guild, {
    action: AuditLogEvent.WebhookCreate,
    actor,
    targetId: webhook.id,
    changes: [
      { key: 'name', to: name },
      { key: 'channel_id', to: channel.id },
      { key: 'type', to: 1 },
    ],
  })
  return webhook
}

export function updateWebhook(
  world: World,
  webhook: WebhookState,
  patch: { name?: string | undefined; avatar?: string | null | undefined; channelId?: string | undefined },
  actor: Actor,
): void {
  const guild = world.guild(webhook.guildId)
  const view = () => ({
    name: webhook.name,
    avatar_hash: webhook.avatar,
    channel_id: webhook.channelId,
  })
  const before = view()
  webhook.name = patch.name ?? webhook.name
  if (patch.avatar !== undefined) webhook.avatar = patch.avatar
  webhook.channelId = patch.channelId ?? webhook.channelId
  const changes = auditDifference(before, view(), ['name', 'avatar_hash', 'channel_id'])
  if (changes.length === 0) return
  for (const channelId of new Set([before.channel_id, webhook.channelId])) announce(world, guild, channelId)
  recordAudit(world, guild, {
    action: AuditLogEvent.WebhookUpdate,
    actor,
    targetId: webhook.id,
    changes,
  })
}

export function deleteWebhook(world: World, webhook: WebhookState, actor: Actor): void {
  const guild = world.guild(webhook.guildId)
  world.webhooks.delete(webhook.id)
  announce(world, guild, webhook.channelId)
  recordAudit(world, guild, {
    action: AuditLogEvent.WebhookDelete,
    actor,
    targetId: webhook.id,
    changes: [{ key: 'name', from: webhook.name }],
  })
}

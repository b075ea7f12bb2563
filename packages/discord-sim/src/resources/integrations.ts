import { AuditLogEvent } from 'discord-api-types/v10'
import type { APIGuildIntegration } from 'discord-api-types/v10'
import { unknownResource } from '../discord-error.ts'
import type { GuildState, IntegrationState } from '../state/entities.ts'
import type { Actor, World } from '../state/world.ts'
import { recordAudit } from './audit-log.ts'
import { addMember, removeMember } from './members.ts'

/** Another application's bot as an integration; who added it is left out of events. */
export function renderIntegration(
  world: World,
  integration: IntegrationState,
  withUser: boolean,
): APIGuildIntegration {
  const bot = world.user(integration.botId)
  return {
    id: integration.id,
    type: 'discord',
    name: integration.name,
    account: { id: bot.id, name: integration.name },
    enabled: true,
    application: {
      id: bot.id,
      name: integration.name,
      icon: null,
      description: '',
      // Only in the schema of REST's answers.
      ...(withUser ? { type: null } : {}),
      bot,
    },
    scopes: ['bot', 'applications.commands'],
    ...(withUser ? { user: world.user(integration.addedById) } : {}),
  } as APIGuildIntegration
}

export function requireIntegration(guild: GuildState, id: string): IntegrationState {
  const integration = guild.integrations.get(id)
  if (!integration) throw unknownResource('integration')
  return integration
}

/** Another bot comes: INTEGRATION_CREATE and GUILD_INTEGRATIONS_UPDATE, and its user joins. */
export function addIntegration(
  world: World,
  guild: GuildState,
  botId: string,
  actor: Actor,
): IntegrationState {
  const integration: IntegrationState = {
    id: world.ids.next(),
    name: world.user(botId).username,
    botId,
    addedById: actor.userId,
  }
  guild.integrations.set(integration.id, integration)
  world.bus.emit('INTEGRATION_CREATE', guild, {
    ...renderIntegration(world, integration, false),
    guild_id: guild.id,
  })
  announce(world, guild)
  addMember(world, guild, botId)
  recordAudit(world, guild, { action: AuditLogEvent.BotAdd, actor, targetId: botId })
  return integration
}

/** The other bot's application renames itself: INTEGRATION_UPDATE. */
export function renameIntegration(
  world: World,
  guild: GuildState,
  integration: IntegrationState,
  name: string,
): void {
  integration.name = name
  world.bus.emit('INTEGRATION_UPDATE', guild, {
    ...renderIntegration(world, integration, false),
    guild_id: guild.id,
  })
  announce(world, guild)
}

/** The other bot goes: its user with it. */
export function removeIntegration(
  world: World,
  guild: GuildState,
  integration: IntegrationState,
  actor: Actor,
): void {
  guild.integrations.delete(integration.id)
  world.bus.emit('INTEGRATION_DELETE', guild, {
    id: integration.id,
    guild_id: guild.id,
    application_id: integration.botId,
  })
  announce(world, guild)
  if (guild.members.has(integration.botId)) removeMember(world, guild, integration.botId)
  recordAudit(world, guild, {
    action: AuditLogEvent.IntegrationDelete,
    actor,
    targetId: integration.id,
    changes: [{ key: 'name', from: integration.name }],
  })
}

function announce(world: World, guild: GuildState): void {
  world.bus.emit('GUILD_INTEGRATIONS_UPDATE', guild, { guild_id: guild.id })
}

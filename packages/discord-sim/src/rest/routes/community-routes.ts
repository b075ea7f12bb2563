import { PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import { invalidField, unknownResource } from '../../discord-error.ts'
import { parseForm } from '../../forms/form.ts'
import { renderIncidents } from '../../resources/guild-payload.ts'
import { longestIncidentMs, setIncidentActions } from '../../resources/incidents.ts'
import { removeIntegration, renderIntegration, requireIntegration } from '../../resources/integrations.ts'
import { requireInGuild } from '../../resources/permissions.ts'
import { renderVoiceState } from '../../resources/voice-states.ts'
import type { GuildState } from '../../state/entities.ts'
import { botActor } from '../rest-context.ts'
import type { RestContext } from '../rest-context.ts'
import { noContent, ok, param } from '../route.ts'
import type { RestRequest, Route } from '../route.ts'

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))
const incidentSchema = z.object({
  invites_disabled_until: time.nullish(),
  dms_disabled_until: time.nullish(),
})

/** Incident actions, integrations and voice states of a guild. */
export function communityRoutes(context: RestContext): Route[] {
  const { world } = context
  const botId = world.app.botId

  function guildFor(request: RestRequest, needed = 0n): GuildState {
    const guild = world.guild(param(request, 'guild_id'))
    requireInGuild(world, guild, botId, needed)
    return guild
  }

  function voiceState(guild: GuildState, userId: string) {
    const state = guild.voiceStates.get(userId)
    if (!state) throw unknownResource('voiceState')
    return ok({ ...renderVoiceState(world, guild, state), guild_id: guild.id, self_stream: false })
  }

  return [
    {
      method: 'PUT',
      path: '/guilds/:guild_id/incident-actions',
      operation: 'update_guild_incident_actions',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request, PermissionFlagsBits.ManageGuild)
        const form = parseForm(incidentSchema, request.body)
        for (const [field, untilMs] of Object.entries(form)) {
          if (typeof untilMs === 'number' && untilMs > world.now() + longestIncidentMs)
            throw invalidField(field, 'BASE_TYPE_MAX_TIME', 'Must be at most 24 hours in the future.')
        }
        setIncidentActions(world, guild, {
          invitesDisabledUntilMs: form.invites_disabled_until,
          dmsDisabledUntilMs: form.dms_disabled_until,
        })
        return ok(renderIncidents(guild) ?? { invites_disabled_until: null, dms_disabled_until: null })
      },
    },
    {
      method: 'GET',
      path: '/guilds/:guild_id/integrations',
      operation: 'list_guild_integrations',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request, PermissionFlagsBits.ManageGuild)
        return ok([...guild.integrations.values()].map((one) => renderIntegration(world, one, true)))
      },
    },
    {
      method: 'DELETE',
      path: '/guilds/:guild_id/integrations/:integration_id',
      operation: 'delete_guild_integration',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request, PermissionFlagsBits.ManageGuild)
        const integration = requireIntegration(guild, param(request, 'integration_id'))
        removeIntegration(world, guild, integration, botActor(context, request))
        return noContent()
      },
    },
    {
      method: 'GET',
      path: '/guilds/:guild_id/voice-states/@me',
      operation: 'get_self_voice_state',
      auth: 'bot',
      handle: (request) => voiceState(guildFor(request), botId),
    },
    {
      method: 'GET',
      path: '/guilds/:guild_id/voice-states/:user_id',
      operation: 'get_voice_state',
      auth: 'bot',
      handle: (request) => voiceState(guildFor(request), param(request, 'user_id')),
    },
  ]
}

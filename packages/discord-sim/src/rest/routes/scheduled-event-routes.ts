import { PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import { parseForm, queryBoolean, queryInteger, snowflake } from '../../forms/form.ts'
import { renderMember } from '../../resources/member-payload.ts'
import { requireInGuild } from '../../resources/permissions.ts'
import { renderScheduledEvent } from '../../resources/scheduled-event-payload.ts'
import {
  createScheduledEvent,
  deleteScheduledEvent,
  requireScheduledEvent,
  updateScheduledEvent,
} from '../../resources/scheduled-events.ts'
import { compareSnowflakes } from '../../snowflake.ts'
import type { GuildState, ScheduledEventState } from '../../state/entities.ts'
import { botActor } from '../rest-context.ts'
import type { RestContext } from '../rest-context.ts'
import { noContent, ok, param, queryFlag } from '../route.ts'
import type { RestRequest, Route } from '../route.ts'

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text))
const fields = {
  description: z.string().min(1).max(1_000).nullish(),
  channel_id: snowflake.nullish(),
  entity_metadata: z.object({ location: z.string().min(1).max(100).nullish() }).nullish(),
  scheduled_end_time: time.nullish(),
}
const createSchema = z.object({
  ...fields,
  name: z.string().min(1).max(100),
  privacy_level: z.literal(2),
  scheduled_start_time: time,
  entity_type: z.union([z.literal(1), z.literal(2), z.literal(3)]),
})
const patchSchema = z.object({
  ...fields,
  name: z.string().min(1).max(100).optional(),
  scheduled_start_time: time.optional(),
  entity_type: z.union([z.literal(1), z.literal(2), z.literal(3)]).optional(),
  status: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]).optional(),
})
const usersSchema = z.object({
  limit: queryInteger(1, 100, 100),
  with_member: queryBoolean.optional(),
  before: snowflake.optional(),
  after: snowflake.optional(),
})

/** Scheduled events. Source: https://docs.discord.com/developers/resources/guild-scheduled-event */
export function scheduledEventRoutes(context: RestContext): Route[] {
  const { world } = context
  const botId = world.app.botId
  const base = '/guilds/:guild_id/scheduled-events'

  function guildFor(request: RestRequest, needed = 0n): GuildState {
    const guild = world.guild(param(request, 'guild_id'))
    requireInGuild(world, guild, botId, needed)
    return guild
  }

  function eventFor(request: RestRequest, needed = 0n): { guild: GuildState; event: ScheduledEventState } {
    const guild = guildFor(request, needed)
    return { guild, event: requireScheduledEvent(guild, param(request, 'guild_scheduled_event_id')) }
  }

  /** One's own with Create Events, others' with Manage Events. */
  function changeable(request: RestRequest) {
    const found = eventFor(request)
    const own = found.event.creatorId === botId
    requireInGuild(
      world,
      found.guild,
      botId,
      own ? PermissionFlagsBits.CreateEvents : PermissionFlagsBits.ManageEvents,
    )
    return found
  }

  const wantsCount = (request: RestRequest) => queryFlag(request, 'with_user_count')

  return [
    {
      method: 'GET',
      path: base,
      operation: 'list_guild_scheduled_events',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request)
        const events = [...guild.scheduledEvents.values()]
        return ok(events.map((event) => renderScheduledEvent(world, guild, event, wantsCount(request))))
      },
    },
    {
      method: 'GET',
      path: `${base}/:guild_scheduled_event_id`,
      operation: 'get_guild_scheduled_event',
      auth: 'bot',
      handle: (request) => {
        const { guild, event } = eventFor(request)
        return ok(renderScheduledEvent(world, guild, event, wantsCount(request)))
      },
    },
    {
      method: 'POST',
      path: base,
      operation: 'create_guild_scheduled_event',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request, PermissionFlagsBits.CreateEvents)
        const form = parseForm(createSchema, request.body)
        const event = createScheduledEvent(
          world,
          guild,
          {
            name: form.name,
            description: form.description,
            channelId: form.channel_id,
            location: form.entity_metadata?.location,
            entityType: form.entity_type,
            startsAtMs: form.scheduled_start_time,
            endsAtMs: form.scheduled_end_time,
          },
          botActor(context, request),
        )
        return ok(renderScheduledEvent(world, guild, event))
      },
    },
    {
      method: 'PATCH',
      path: `${base}/:guild_scheduled_event_id`,
      operation: 'update_guild_scheduled_event',
      auth: 'bot',
      handle: (request) => {
        const { guild, event } = changeable(request)
        const form = parseForm(patchSchema, request.body)
        updateScheduledEvent(
          world,
          guild,
          event,
          {
            name: form.name,
            description: form.description,
            channelId: form.channel_id,
            location: form.entity_metadata === undefined ? undefined : form.entity_metadata?.location,
            entityType: form.entity_type,
            startsAtMs: form.scheduled_start_time,
            endsAtMs: form.scheduled_end_time,
            status: form.status,
          },
          botActor(context, request),
        )
        return ok(renderScheduledEvent(world, guild, event))
      },
    },
    {
      method: 'DELETE',
      path: `${base}/:guild_scheduled_event_id`,
      operation: 'delete_guild_scheduled_event',
      auth: 'bot',
      handle: (request) => {
        const { guild, event } = changeable(request)
        deleteScheduledEvent(world, guild, event, botActor(context, request))
        return noContent()
      },
    },
    {
      method: 'GET',
      path: `${base}/:guild_scheduled_event_id/users`,
      operation: 'list_guild_scheduled_event_users',
      auth: 'bot',
      handle: (request) => {
        const { guild, event } = eventFor(request)
        const { limit, before, after, with_member: withMember } = parseForm(usersSchema, request.query)
        const ids = [...event.subscribers]
          .toSorted(compareSnowflakes)
          .filter((id) => before === undefined || compareSnowflakes(id, before) < 0)
          .filter((id) => after === undefined || compareSnowflakes(id, after) > 0)
        return ok(
          ids.slice(0, limit).map((id) => {
            const member = guild.members.get(id)
            return {
              guild_scheduled_event_id: event.id,
              user_id: id,
              user: world.user(id),
              response: 1,
              ...(withMember && member ? { member: renderMember(world, member) } : {}),
            }
          }),
        )
      },
    },
  ]
}

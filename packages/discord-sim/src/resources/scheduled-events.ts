import { AuditLogEvent } from 'discord-api-types/v10'
import { DiscordError, invalidField, unknownResource } from '../discord-error.ts'
import type { GuildState, ScheduledEventState } from '../state/entities.ts'
import type { Actor, World } from '../state/world.ts'
import { auditDifference, recordAudit } from './audit-log.ts'
import { renderScheduledEvent } from './scheduled-event-payload.ts'

export interface ScheduledEventInput {
  name: string
  description?: string | null | undefined
  channelId?: string | null | undefined
  location?: string | null | undefined
  entityType: ScheduledEventState['entityType']
  startsAtMs: number
  endsAtMs?: number | null | undefined
}

/** https://docs.discord.com/developers/resources/guild-scheduled-event#guild-scheduled-event-object-valid-guild-scheduled-event-status-transitions */
const nextStatuses: Record<ScheduledEventState['status'], readonly ScheduledEventState['status'][]> = {
  1: [2, 4],
  2: [3],
  3: [],
  4: [],
}

export function requireScheduledEvent(guild: GuildState, id: string): ScheduledEventState {
  const event = guild.scheduledEvents.get(id)
  if (!event) throw unknownResource('scheduledEvent')
  return event
}

/** What each entity type needs: https://docs.discord.com/developers/resources/guild-scheduled-event#guild-scheduled-event-object-field-requirements-by-entity-type */
function requireFields(guild: GuildState, event: ScheduledEventState): void {
  if (event.entityType === 3) {
    if (!event.location) throw missing('entity_metadata')
    if (event.endsAtMs === null) throw missing('scheduled_end_time')
    return
  }
  const type = event.entityType === 1 ? 13 : 2
  if (event.channelId === null) throw missing('channel_id')
  if (guild.channels.get(event.channelId)?.type !== type) throw unknownResource('channel')
}

const missing = (field: string) => invalidField(field, 'BASE_TYPE_REQUIRED', 'This field is required')

export function createScheduledEvent(
  world: World,
  guild: GuildState,
  input: ScheduledEventInput,
  actor: Actor,
): ScheduledEventState {
  const event: ScheduledEventState = {
    id: world.ids.next(),
    name: input.name,
    description: input.description ?? null,
    creatorId: actor.userId,
    channelId: input.channelId ?? null,
    location: input.location ?? null,
    entityType: input.entityType,
    status: 1,
    startsAtMs: input.startsAtMs,
    endsAtMs: input.endsAtMs ?? null,
    subscribers: new Set(),
  }
  requireFields(guild, event)
  if (event.startsAtMs <= world.now())
    throw invalidField(
      'scheduled_start_time',
      'GUILD_SCHEDULED_EVENT_SCHEDULE_PAST',
      'Cannot schedule event in the past.',
    )
  guild.scheduledEvents.set(event.id, event)
  world.bus.emit('GUILD_SCHEDULED_EVENT_CREATE', guild, renderScheduledEvent(world, guild, event))
  recordAudit(world, guild, {
    action: AuditLogEvent.GuildScheduledEventCreate,
    actor,
    targetId: event.id,
    changes: [{ key: 'name', to: event.name }],
  })
  return event
}

export type ScheduledEventPatch = {
  [Key in keyof ScheduledEventInput]?: ScheduledEventInput[Key] | undefined
} & { status?: ScheduledEventState['status'] | undefined }

export function updateScheduledEvent(
  world: World,
  guild: GuildState,
  event: ScheduledEventState,
  patch: ScheduledEventPatch,
  actor: Actor,
): void {
  if (
    patch.status !== undefined &&
    patch.status !== event.status &&
    !nextStatuses[event.status].includes(patch.status)
  )
    throw new DiscordError(400, 180_000, 'Cannot update a finished event')
  const before = { ...event }
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))
  const next: ScheduledEventState = { ...event, ...given }
  requireFields(guild, next)
  Object.assign(event, next)
  const changes = auditDifference(before, event, [
    'name',
    'description',
    'status',
    'channelId',
    'location',
    'startsAtMs',
    'endsAtMs',
  ])
  if (changes.length === 0) return
  world.bus.emit('GUILD_SCHEDULED_EVENT_UPDATE', guild, renderScheduledEvent(world, guild, event))
  recordAudit(world, guild, {
    action: AuditLogEvent.GuildScheduledEventUpdate,
    actor,
    targetId: event.id,
    changes: changes.filter((change) => ['name', 'description', 'status'].includes(change.key)),
  })
}

export function deleteScheduledEvent(
  world: World,
  guild: GuildState,
  event: ScheduledEventState,
  actor: Actor,
): void {
  guild.scheduledEvents.delete(event.id)
  world.bus.emit('GUILD_SCHEDULED_EVENT_DELETE', guild, renderScheduledEvent(world, guild, event))
  recordAudit(world, guild, {
    action: AuditLogEvent.GuildScheduledEventDelete,
    actor,
    targetId: event.id,
    changes: [{ key: 'name', from: event.name }],
  })
}

/** Somebody follows the event or no longer does. */
export function followScheduledEvent(
  world: World,
  guild: GuildState,
  event: ScheduledEventState,
  userId: string,
  follows: boolean,
): void {
  if (event.subscribers.has(userId) === follows) return
  if (follows) event.subscribers.add(userId)
  else event.subscribers.delete(userId)
  world.bus.emit(follows ? 'GUILD_SCHEDULED_EVENT_USER_ADD' : 'GUILD_SCHEDULED_EVENT_USER_REMOVE', guild, {
    guild_scheduled_event_id: event.id,
    user_id: userId,
    guild_id: guild.id,
  })
}

import type { APIGuildScheduledEvent } from 'discord-api-types/v10'
import type { GuildState, ScheduledEventState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { isoTimestamp } from '../timestamp.ts'

const guildOnly = 2

/** A scheduled event; how many follow it is told only where `withCount`. */
export function renderScheduledEvent(
  world: World,
  guild: GuildState,
  event: ScheduledEventState,
  withCount = false,
): APIGuildScheduledEvent & { guild_scheduled_event_exceptions: [] } {
  const shared = {
    id: event.id,
    guild_id: guild.id,
    creator_id: event.creatorId,
    creator: world.user(event.creatorId),
    name: event.name,
    description: event.description,
    image: null,
    scheduled_start_time: isoTimestamp(event.startsAtMs),
    scheduled_end_time: event.endsAtMs === null ? null : isoTimestamp(event.endsAtMs),
    privacy_level: guildOnly,
    status: event.status,
    entity_id: null,
    recurrence_rule: null,
    guild_scheduled_event_exceptions: [] as [],
    ...(withCount ? { user_count: event.subscribers.size } : {}),
  } as const
  if (event.entityType === 3) {
    const place = { location: event.location ?? '' }
    return {
      ...shared,
      entity_type: 3,
      channel_id: null,
      entity_metadata: place,
      scheduled_end_time: shared.scheduled_end_time ?? '',
    }
  }
  return {
    ...shared,
    entity_type: event.entityType,
    channel_id: event.channelId ?? '',
    entity_metadata: null,
  }
}

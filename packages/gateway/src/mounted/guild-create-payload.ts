import type { GuildReader } from '@guildmesh/guild-store'

/** Announcement, public and private threads. */
const threadTypes: ReadonlySet<number> = new Set([10, 11, 12])

/**
 * GUILD_CREATE as Discord would send it, built from the guild document; `null` if there is none yet. Members are
 * those the document knows, as in a large guild. Source: https://discord.com/developers/docs/events/gateway-events#guild-create
 */
export function guildCreatePayload(rows: GuildReader): (Record<string, unknown> & { id: string }) | null {
  const guild = rows.get('documentGuild', {}, ['payload', 'memberCount'])
  if (!guild) return null
  const channels = rows.list('documentChannels', {}, { columns: ['type', 'payload', 'lastMessageId'] })
  const payloadOf = ({ payload, lastMessageId }: (typeof channels)[number]) => ({
    ...payload,
    guild_id: rows.guildId,
    ...(lastMessageId === null ? {} : { last_message_id: lastMessageId }),
  })
  return {
    ...guild.payload,
    id: rows.guildId,
    unavailable: false,
    large: true,
    member_count: guild.memberCount,
    channels: channels.filter(({ type }) => !threadTypes.has(type)).map(payloadOf),
    threads: channels.filter(({ type }) => threadTypes.has(type)).map(payloadOf),
    roles: rows.list('documentRoles', {}, { columns: ['payload'] }).map(({ payload }) => payload),
    members: rows.list('documentMembers', {}, { columns: ['payload'] }).map(({ payload }) => payload),
    presences: [],
    voice_states: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  }
}

import type { NewGuildRow } from '@guildmesh/guild-store'
import type { APIChannel, APIGuild, APIGuildMember, APIRole, APIUser } from 'discord-api-types/v10'
import { z } from 'zod'

/** Announcement, public and private threads. */
export const threadTypes: readonly number[] = [10, 11, 12]

type Json = Record<string, unknown>

/** Parts of GUILD_CREATE that have rows of their own, or that the bot has no use for. */
const heldElsewhere = new Set([
  'channels',
  'threads',
  'roles',
  'members',
  'presences',
  'voice_states',
  'stage_instances',
  'guild_scheduled_events',
])

/** Row of a guild without its member count, which only GUILD_CREATE and joins tell. */
export function guildRow(guild: APIGuild): Omit<NewGuildRow<'documentGuild'>, 'memberCount'> {
  const payload: Json = Object.fromEntries(Object.entries(guild).filter(([name]) => !heldElsewhere.has(name)))
  return { name: guild.name, icon: guild.icon, ownerId: guild.owner_id, unavailable: false, payload }
}

/** Row of a channel, category or thread. */
export function channelRow(channel: APIChannel): NewGuildRow<'documentChannels'> {
  return {
    channelId: channel.id,
    name: channel.name ?? '',
    type: channel.type,
    parentId: 'parent_id' in channel ? (channel.parent_id ?? null) : null,
    position: 'position' in channel ? channel.position : 0,
    payload: { ...channel },
    // Left out where Discord does not state it, so that an update does not forget what messages told.
    ...('last_message_id' in channel && channel.last_message_id
      ? { lastMessageId: channel.last_message_id }
      : {}),
  }
}

export function roleRow(role: APIRole): NewGuildRow<'documentRoles'> {
  return {
    roleId: role.id,
    name: role.name,
    permissions: role.permissions,
    position: role.position,
    payload: { ...role },
  }
}

/** What Discord answers for a member. Source: https://discord.com/developers/docs/resources/guild#guild-member-object */
export const FetchedMember = z.looseObject({
  user: z.looseObject({
    id: z.string(),
    username: z.string(),
    discriminator: z.string(),
    global_name: z.string().nullable().default(null),
    avatar: z.string().nullable().default(null),
  }),
  nick: z.string().nullish(),
  roles: z.array(z.string()),
  communication_disabled_until: z.string().nullish(),
})

/** What a member row is made of; messages and updates bring the user beside the member. */
export interface MemberFacts extends Pick<APIGuildMember, 'roles'> {
  readonly nick?: string | null | undefined
  readonly communication_disabled_until?: string | null | undefined
}

export function memberRow(user: APIUser, member: MemberFacts): NewGuildRow<'documentMembers'> {
  const timeout = member.communication_disabled_until
  return {
    userId: user.id,
    name: member.nick ?? user.global_name ?? user.username,
    roles: member.roles,
    timeoutUntil: timeout ? Date.parse(timeout) : null,
    fresh: true,
    payload: { ...member, user },
  }
}

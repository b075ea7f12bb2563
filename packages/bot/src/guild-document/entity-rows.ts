import type { NewGuildRow } from '@guildmesh/guild-store'
import { type APIGuildMember, type APIRole, type APIUser, ChannelType } from 'discord-api-types/v10'
import { z } from 'zod'
import { isHiddenChannel } from './hidden-channel.ts'

/** Channel types of threads. */
export const threadTypes: readonly number[] = [
  ChannelType.AnnouncementThread,
  ChannelType.PublicThread,
  ChannelType.PrivateThread,
]

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

/** What of a guild its row is made of; everything else is kept as it came. */
export interface GuildFacts {
  readonly name: string
  readonly icon: string | null
  readonly owner_id: string
}

/** Row of a guild without its member count, which only GUILD_CREATE and joins tell. */
export function guildRow(guild: GuildFacts): Omit<NewGuildRow<'documentGuild'>, 'memberCount'> {
  const payload: Json = Object.fromEntries(Object.entries(guild).filter(([name]) => !heldElsewhere.has(name)))
  return { name: guild.name, icon: guild.icon, ownerId: guild.owner_id, unavailable: false, payload }
}

/** What of a channel its row is made of; everything else is kept as it came. */
export interface ChannelFacts {
  readonly id: string
  readonly type: number
  readonly name?: string | null | undefined
  readonly parent_id?: string | null | undefined
  readonly position?: number | undefined
  readonly last_message_id?: string | null | undefined
  readonly flags?: number | undefined
}

/** Row of a channel, category or thread; a hidden channel's too, with what Discord tells of one. */
export function channelRow(channel: ChannelFacts): NewGuildRow<'documentChannels'> {
  return {
    channelId: channel.id,
    name: channel.name ?? '',
    type: channel.type,
    parentId: channel.parent_id ?? null,
    position: channel.position ?? 0,
    payload: { ...channel },
    ...lastMessageOf(channel),
  }
}

/**
 * Left out if Discord does not state it, so that an update does not forget what messages told. A hidden channel has
 * none: what is said there until it is shown again was never missed.
 */
function lastMessageOf(channel: ChannelFacts): { lastMessageId?: string | null } {
  if (isHiddenChannel(channel)) return { lastMessageId: null }
  return channel.last_message_id ? { lastMessageId: channel.last_message_id } : {}
}

/** What of a role its row is made of; everything else is kept as it came. */
export type RoleFacts = Pick<APIRole, 'id' | 'name' | 'permissions' | 'position'>

export function roleRow(role: RoleFacts): NewGuildRow<'documentRoles'> {
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

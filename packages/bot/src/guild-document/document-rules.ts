import type { GuildReader, RowChange } from '@guildmesh/guild-store'
import { add, put, remove, update } from '@guildmesh/guild-store'
import type { APIRole } from 'discord-api-types/v10'
import type { EventPayloads } from '../kit/discord-events.ts'
import type { EventRule, HandlerContext } from '../kit/feature.ts'
import { on } from '../kit/feature.ts'
import { isHiddenChannel } from './hidden-channel.ts'
import { channelRow, guildRow, memberRow, roleRow, threadTypes } from './entity-rows.ts'

/**
 * How each dispatch changes the guild document. RESUME brings no GUILD_CREATE, so these rows, which move with the
 * guild, are the only memory of what the guild looks like.
 */
const rules: readonly EventRule[] = [
  on('GUILD_CREATE', (guild, context) => ({ rows: wholeGuild(guild, context) })),
  on('GUILD_UPDATE', (guild, { guild: rows }) => ({
    rows: [
      put('documentGuild', {
        ...guildRow(guild),
        memberCount: rows.get('documentGuild', {}, ['memberCount'])?.memberCount ?? 0,
      }),
      ...guild.roles.map((role) => put('documentRoles', roleRow(role))),
    ],
  })),
  on('GUILD_DELETE', (guild, { guild: rows, now }) => {
    if (guild.unavailable) return { rows: [update('documentGuild', {}, { unavailable: true })] }
    // Each new session tells of a guild that was left long ago once more.
    const leftAt = rows.get('guilds', {}, ['leftAt'])?.leftAt ?? now
    return { rows: [update('guilds', {}, { leftAt })] }
  }),
  on('GUILD_EMOJIS_UPDATE', ({ emojis }, { guild }) => ({ rows: guildPart(guild, { emojis }) })),
  on('GUILD_STICKERS_UPDATE', ({ stickers }, { guild }) => ({ rows: guildPart(guild, { stickers }) })),

  on('CHANNEL_CREATE', (channel) => ({ rows: [put('documentChannels', channelRow(channel))] })),
  on('CHANNEL_UPDATE', (channel) => ({
    rows: [
      put('documentChannels', channelRow(channel)),
      // Nothing more is told of its threads; they come by THREAD_LIST_SYNC with the channel.
      ...(isHiddenChannel(channel) ? threadsOf(channel.id) : []),
    ],
  })),
  on('CHANNEL_DELETE', (channel) => ({
    rows: [
      remove('documentChannels', { channelId: channel.id }),
      // Threads go with their channel; channels of a category stay, and Discord sends their updates.
      ...threadsOf(channel.id),
    ],
  })),
  on('THREAD_CREATE', (thread) => ({ rows: [put('documentChannels', channelRow(thread))] })),
  on('THREAD_UPDATE', (thread) => ({ rows: [put('documentChannels', channelRow(thread))] })),
  on('THREAD_DELETE', (thread) => ({ rows: [remove('documentChannels', { channelId: thread.id })] })),
  on('THREAD_LIST_SYNC', (sync, { guild }) => ({ rows: syncedThreads(sync, guild) })),

  on('GUILD_ROLE_CREATE', ({ role }) => ({ rows: [put('documentRoles', roleRow(role))] })),
  on('GUILD_ROLE_UPDATE', ({ role }) => ({ rows: [put('documentRoles', roleRow(role))] })),
  on('GUILD_ROLE_DELETE', (deleted) => ({ rows: [remove('documentRoles', { roleId: deleted.role_id })] })),

  on('GUILD_MEMBER_ADD', (member, { guild, now }) => ({
    rows: [
      ...(isJoin(member, guild, now) ? [add('documentGuild', {}, 'memberCount', 1)] : []),
      ...whereNeeded(guild, member.user.id, memberRow(member.user, member)),
    ],
  })),
  on('GUILD_MEMBER_UPDATE', (member, { guild }) => ({
    rows: whereNeeded(guild, member.user.id, memberRow(member.user, member)),
  })),
  on('GUILD_MEMBER_REMOVE', ({ user }) => ({
    rows: [add('documentGuild', {}, 'memberCount', -1), remove('documentMembers', { userId: user.id })],
  })),

  on('MESSAGE_CREATE', (message, { guild }) => ({
    rows: [
      update('documentChannels', { channelId: message.channel_id }, { lastMessageId: message.id }),
      ...author(message, guild),
    ],
  })),
]

function threadsOf(channelId: string): RowChange[] {
  return threadTypes.map((type) => remove('documentChannels', { parentId: channelId, type }))
}

/** Discord also sends GUILD_MEMBER_ADD for who is a member already; a join that is told so late is rarer. */
const joinToldWithinMs = 24 * 60 * 60_000

/** Whether a GUILD_MEMBER_ADD is of somebody who has just come. */
function isJoin(member: EventPayloads['GUILD_MEMBER_ADD'], guild: GuildReader, now: number): boolean {
  if (guild.get('documentMembers', { userId: member.user.id }, ['fresh'])?.fresh) return false
  return member.joined_at === null || now - Date.parse(member.joined_at) <= joinToldWithinMs
}

/** Rule of the guild document for a dispatch, by its name. */
export const documentRules: ReadonlyMap<string, EventRule> = new Map(rules.map((rule) => [rule.type, rule]))

function wholeGuild(
  guild: EventPayloads['GUILD_CREATE'],
  { guild: rows, applicationId }: HandlerContext,
): RowChange[] {
  const needed = new Set(rows.list('documentMembers', {}, { columns: ['userId'] }).map((row) => row.userId))
  needed.add(applicationId)
  return [
    update('guilds', {}, { leftAt: null }),
    put('documentGuild', { ...guildRow(guild), memberCount: guild.member_count }),
    remove('documentChannels', {}),
    ...[...guild.channels, ...guild.threads].map((channel) => put('documentChannels', channelRow(channel))),
    remove('documentRoles', {}),
    ...guild.roles.map((role: APIRole) => put('documentRoles', roleRow(role))),
    // Updates of members may have been missed while no session told of them.
    update('documentMembers', {}, { fresh: false }),
    ...guild.members
      .filter((member) => needed.has(member.user.id))
      .map((member) => put('documentMembers', memberRow(member.user, member))),
  ]
}

function guildPart(guild: GuildReader, part: Record<string, unknown>): RowChange[] {
  const row = guild.get('documentGuild', {}, ['payload'])
  return row ? [update('documentGuild', {}, { payload: { ...row.payload, ...part } })] : []
}

/** The list replaces the threads of the channels it names; of all channels if it names none. */
function syncedThreads(sync: EventPayloads['THREAD_LIST_SYNC'], guild: GuildReader): RowChange[] {
  const synced = new Set<string | null>(sync.channel_ids)
  const gone = guild
    .list('documentChannels', {}, { columns: ['channelId', 'parentId', 'type'] })
    .filter((row) => threadTypes.includes(row.type) && (!sync.channel_ids || synced.has(row.parentId)))
  return [
    ...gone.map(({ channelId }) => remove('documentChannels', { channelId })),
    ...sync.threads.map((thread) => put('documentChannels', channelRow(thread))),
  ]
}

/** Members nobody asked for are not kept: a guild may have a hundred thousand. */
function whereNeeded(guild: GuildReader, userId: string, row: ReturnType<typeof memberRow>): RowChange[] {
  return guild.get('documentMembers', { userId }, ['userId']) ? [put('documentMembers', row)] : []
}

/** Who writes is needed: for names in the activity view, and for what they may do in the portal. */
function author(message: EventPayloads['MESSAGE_CREATE'], guild: GuildReader): RowChange[] {
  if (!message.member || message.webhook_id || message.author.bot) return []
  const known = guild.get('documentMembers', { userId: message.author.id }, ['fresh'])
  return known?.fresh ? [] : [put('documentMembers', memberRow(message.author, message.member))]
}

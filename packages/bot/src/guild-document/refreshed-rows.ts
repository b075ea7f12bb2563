import { type GuildReader, put, remove, type RowChange, update } from '@guildmesh/guild-store'
import { z } from 'zod'
import { channelRow, guildRow, roleRow, threadTypes } from './entity-rows.ts'
import { isHiddenChannel } from './hidden-channel.ts'

const id = z.string().regex(/^\d+$/)

/** GET /guilds/{id}?with_counts=true. Source: https://discord.com/developers/docs/resources/guild#get-guild */
export const FetchedGuild = z.looseObject({
  id,
  name: z.string(),
  icon: z.string().nullable(),
  owner_id: id,
  roles: z.array(
    z.looseObject({ id, name: z.string(), permissions: z.string().regex(/^\d+$/), position: z.int() }),
  ),
  approximate_member_count: z.int().optional(),
  approximate_presence_count: z.int().optional(),
})

const FetchedChannel = z.looseObject({
  id,
  type: z.int(),
  name: z.string(),
  parent_id: id.nullish(),
  position: z.int().optional(),
  last_message_id: id.nullish(),
})
/** GET /guilds/{id}/channels, which has no threads. */
export const FetchedChannels = z.array(FetchedChannel)
/** GET /guilds/{id}/threads/active */
export const FetchedThreads = z.looseObject({ threads: z.array(FetchedChannel) })

/** The guild and its roles as REST has them. What only GUILD_CREATE tells stays as it was. */
export function refreshedGuild(fetched: z.output<typeof FetchedGuild>, guild: GuildReader): RowChange[] {
  const { approximate_member_count: members, approximate_presence_count: _, ...discordGuild } = fetched
  const known = guild.get('documentGuild', {}, ['memberCount', 'payload'])
  const row = guildRow(discordGuild)
  return [
    update('guilds', {}, { leftAt: null }),
    put('documentGuild', {
      ...row,
      payload: { ...known?.payload, ...row.payload },
      memberCount: members ?? known?.memberCount ?? 0,
    }),
    remove('documentRoles', {}),
    ...discordGuild.roles.map((role) => put('documentRoles', roleRow(role))),
  ]
}

type Channel = z.output<typeof FetchedChannel>

/**
 * All channels and categories as REST has them; threads are left alone. Hidden channels too, which REST never lists:
 * one that is gone leaves with the next session's GUILD_CREATE.
 */
export function refreshedChannels(channels: readonly Channel[], guild: GuildReader): RowChange[] {
  return replaced(channels, guild, (type) => !threadTypes.includes(type))
}

/** The active threads as REST has them. Others are not kept, as after GUILD_CREATE. */
export function refreshedThreads(threads: readonly Channel[], guild: GuildReader): RowChange[] {
  return replaced(threads, guild, (type) => threadTypes.includes(type))
}

function replaced(
  channels: readonly Channel[],
  guild: GuildReader,
  isAmong: (type: number) => boolean,
): RowChange[] {
  const there = new Set(channels.map((channel) => channel.id))
  const known = guild
    .list('documentChannels', {}, { columns: ['channelId', 'type', 'lastMessageId', 'payload'] })
    .filter(({ type }) => isAmong(type))
  const lastMessages = new Map(known.map(({ channelId, lastMessageId }) => [channelId, lastMessageId]))
  return [
    ...known
      .filter(({ channelId, payload }) => !there.has(channelId) && !isHiddenChannel(payload))
      .map(({ channelId }) => remove('documentChannels', { channelId })),
    ...channels.map((channel) => {
      const row = channelRow(channel)
      // Messages that came while Discord was asked are later than its answer.
      const lastMessageId = latest(lastMessages.get(channel.id), row.lastMessageId)
      return put('documentChannels', { ...row, ...(lastMessageId === null ? {} : { lastMessageId }) })
    }),
  ]
}

function latest(a: string | null | undefined, b: string | null | undefined): string | null {
  if (!a || !b) return a ?? b ?? null
  return BigInt(a) > BigInt(b) ? a : b
}

import type { GuildSettings } from '@guildmesh/contracts'
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

type Json = Record<string, unknown>

/** One row a guild, the parent of all others: deleting it deletes the guild's data. */
export const guilds = sqliteTable('guilds', {
  guildId: text('guild_id').primaryKey(),
  /** `null` until somebody ran /setup. Read through `GuildReader.settings`, which validates. */
  settings: text('settings', { mode: 'json' }).$type<GuildSettings>(),
  /** When the bot left (kicked, or the guild was deleted); `null` while it is there. */
  leftAt: integer('left_at'),
})

/** Discord's guild object as last seen, without what has rows of its own. */
export const documentGuild = sqliteTable('document_guild', {
  guildId: text('guild_id').primaryKey(),
  name: text('name').notNull(),
  icon: text('icon'),
  ownerId: text('owner_id').notNull(),
  memberCount: integer('member_count').notNull(),
  /** `true` while Discord has an outage of this guild. */
  unavailable: integer('unavailable', { mode: 'boolean' }).notNull().default(false),
  payload: text('payload', { mode: 'json' }).$type<Json>().notNull(),
})

/** Channels, categories and threads. */
export const documentChannels = sqliteTable(
  'document_channels',
  {
    guildId: text('guild_id').notNull(),
    channelId: text('channel_id').notNull(),
    name: text('name').notNull(),
    /** Discord's channel type. */
    type: integer('type').notNull(),
    /** Category of a channel, or channel of a thread. */
    parentId: text('parent_id'),
    position: integer('position').notNull(),
    /** Kept up to date by messages, which bring no channel update. */
    lastMessageId: text('last_message_id'),
    payload: text('payload', { mode: 'json' }).$type<Json>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.guildId, table.channelId] })],
)

export const documentRoles = sqliteTable(
  'document_roles',
  {
    guildId: text('guild_id').notNull(),
    roleId: text('role_id').notNull(),
    name: text('name').notNull(),
    /** Discord's permission bits, decimal. */
    permissions: text('permissions').notNull(),
    position: integer('position').notNull(),
    payload: text('payload', { mode: 'json' }).$type<Json>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.guildId, table.roleId] })],
)

/** Members that something needed: the bot, who wrote, who was asked for. */
export const documentMembers = sqliteTable(
  'document_members',
  {
    guildId: text('guild_id').notNull(),
    userId: text('user_id').notNull(),
    /** Nickname, display name or user name. */
    name: text('name').notNull(),
    roles: text('roles', { mode: 'json' }).$type<readonly string[]>().notNull(),
    timeoutUntil: integer('timeout_until'),
    /** `false`: events may have been missed since; the name still serves, permissions must be fetched anew. */
    fresh: integer('fresh', { mode: 'boolean' }).notNull(),
    payload: text('payload', { mode: 'json' }).$type<Json>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.guildId, table.userId] })],
)

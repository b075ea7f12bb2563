import { documentChannels, documentGuild, documentMembers, documentRoles, guilds } from './document-tables.ts'
import { messageStats, setupDrafts } from './feature-tables.ts'
import {
  backfillMarks,
  eventDeadLetters,
  eventChains,
  interactions,
  jobs,
  mountedInbox,
  outbox,
} from './work-tables.ts'

/**
 * The tables that hold a guild's data, parents first: what a bundle carries, the operation log numbers, and
 * features read and change through `GuildReader` and `RowChange`.
 */
export const guildTables = {
  guilds,
  documentGuild,
  documentChannels,
  documentRoles,
  documentMembers,
  messageStats,
  setupDrafts,
  outbox,
  jobs,
  interactions,
  eventDeadLetters,
  eventChains,
  mountedInbox,
  backfillMarks,
}

type GuildTables = typeof guildTables
export type GuildTableName = keyof GuildTables

/** A row as it is read; the guild is the reader's or writer's, never the row's. */
export type GuildRow<T extends GuildTableName> = Omit<GuildTables[T]['$inferSelect'], 'guildId'>
/** A row as it is written; columns with a default may be left out. */
export type NewGuildRow<T extends GuildTableName> = Omit<GuildTables[T]['$inferInsert'], 'guildId'>

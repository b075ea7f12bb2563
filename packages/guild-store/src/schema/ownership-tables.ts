import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/**
 * - `active`: this gateway serves the guild at the row's epoch;
 * - `frozen`: a move has fenced it; reads only, until the move ends;
 * - `released`: given up; another gateway serves it;
 * - `set_aside`: rows kept after a move, never served.
 */
export const guildRoles = ['active', 'frozen', 'released', 'set_aside'] as const
export type OwnershipRole = (typeof guildRoles)[number]

/** What this volume may do with each guild; every write checks it inside its own transaction. */
export const guildOwn = sqliteTable('guild_own', {
  guildId: text('guild_id').primaryKey(),
  epoch: integer('epoch').notNull(),
  role: text('role', { enum: guildRoles }).notNull(),
  /** The move that laid the fence; `null` unless frozen. */
  moveId: text('move_id'),
  changedAt: integer('changed_at').notNull(),
})

/** Position of the last event whose effects are committed. A bare cursor is no data of the guild. */
export const cursor = sqliteTable('cursor', {
  guildId: text('guild_id').primaryKey(),
  generation: integer('generation').notNull(),
  seq: integer('seq').notNull(),
  shardId: integer('shard_id').notNull(),
  shardCount: integer('shard_count').notNull(),
  /** Highest epoch of that shard's lease seen with an event of the guild. */
  shardEpoch: integer('shard_epoch').notNull(),
  appliedAt: integer('applied_at').notNull(),
  /** Milliseconds between receiving and committing the last event. */
  eventLagMs: integer('event_lag_ms').notNull(),
})

/** Facts of the volume itself, not of a guild. */
export const meta = sqliteTable('meta', { key: text('key').primaryKey(), value: text('value').notNull() })

/** Row changes of a guild, numbered, while somebody follows them. */
export const operationLog = sqliteTable(
  'operation_log',
  {
    guildId: text('guild_id').notNull(),
    seq: integer('seq').notNull(),
    tableName: text('table_name').notNull(),
    operation: text('operation', { enum: ['put', 'delete'] }).notNull(),
    /** The whole row after a put, or before a delete, as a JSON object by column name. */
    row: text('row').notNull(),
  },
  (table) => [primaryKey({ columns: [table.guildId, table.seq] })],
)

/** Whether a guild's row changes are being numbered; the count never starts over. */
export const operationCapture = sqliteTable('operation_capture', {
  guildId: text('guild_id').primaryKey(),
  active: integer('active', { mode: 'boolean' }).notNull(),
  lastSeq: integer('last_seq').notNull(),
})

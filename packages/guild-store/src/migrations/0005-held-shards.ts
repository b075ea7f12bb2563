import type { Migration } from './migration.ts'

/**
 * What a holder keeps of its shards. Not data of a guild: these rows belong to the shard's lease, and stay where a
 * guild's rows move away.
 */
export const heldShards: Migration = {
  version: 5,
  name: 'held shards',
  sql: `
CREATE TABLE shard_sessions (
  shard_id INTEGER PRIMARY KEY,
  generation INTEGER NOT NULL,
  session_id TEXT NOT NULL,
  resume_url TEXT NOT NULL,
  seq INTEGER NOT NULL
) STRICT;
CREATE TABLE parked_events (
  shard_id INTEGER NOT NULL,
  guild_id TEXT NOT NULL,
  generation INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  previous_generation INTEGER,
  previous_seq INTEGER,
  type TEXT NOT NULL,
  payload TEXT NOT NULL,
  size INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (shard_id, guild_id, generation, seq)
) STRICT;
`,
}

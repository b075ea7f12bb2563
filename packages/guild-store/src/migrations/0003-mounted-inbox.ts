import type { Migration } from './migration.ts'

export const mountedInbox: Migration = {
  version: 3,
  name: 'mounted inbox',
  sql: `
CREATE TABLE mounted_inbox (
  guild_id TEXT NOT NULL REFERENCES guilds (guild_id) ON DELETE CASCADE,
  generation INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('dispatch', 'join', 'available', 'leave')),
  type TEXT NOT NULL,
  payload TEXT NOT NULL,
  replays INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (guild_id, generation, seq)
) STRICT;
`,
}

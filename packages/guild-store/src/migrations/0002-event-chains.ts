import type { Migration } from './migration.ts'

export const eventChains: Migration = {
  version: 2,
  name: 'hash chains over applied events',
  sql: `
CREATE TABLE event_chains (
  guild_id TEXT NOT NULL PRIMARY KEY REFERENCES guilds (guild_id) ON DELETE CASCADE,
  events INTEGER NOT NULL CHECK (events > 0),
  head TEXT NOT NULL,
  generation INTEGER NOT NULL,
  seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`,
}

import type { Migration } from './migration.ts'

export const backfillMarks: Migration = {
  version: 6,
  name: 'backfill marks',
  sql: `
CREATE TABLE backfill_marks (
  guild_id TEXT NOT NULL PRIMARY KEY REFERENCES guilds (guild_id) ON DELETE CASCADE,
  audit_entry_id TEXT,
  gaps INTEGER NOT NULL DEFAULT 0,
  document_changes INTEGER NOT NULL DEFAULT 0
) STRICT;
`,
}

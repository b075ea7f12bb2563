import type { Migration } from './migration.ts'

/** SQLite cannot change a CHECK, so the table is built anew. The triggers are reinstalled after the migrations. */
export const outboxConfirmation: Migration = {
  version: 4,
  name: 'outbox confirmation',
  sql: `
CREATE TABLE outbox_4 (
  guild_id TEXT NOT NULL REFERENCES guilds (guild_id) ON DELETE CASCADE,
  call_seq INTEGER NOT NULL,
  source_key TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  feature TEXT NOT NULL,
  method TEXT NOT NULL,
  route TEXT NOT NULL,
  body TEXT,
  reason TEXT,
  repeat TEXT NOT NULL CHECK (repeat IN ('nonce', 'idempotent', 'read-back', 'lane')),
  read_back TEXT,
  essential INTEGER NOT NULL DEFAULT 0,
  on_result TEXT,
  context TEXT,
  state TEXT NOT NULL CHECK (state IN ('pending', 'in_flight', 'dead')),
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  sent_at INTEGER,
  known_result TEXT,
  created_at INTEGER NOT NULL,
  error TEXT,
  PRIMARY KEY (guild_id, call_seq),
  UNIQUE (guild_id, source_key, ordinal)
) STRICT;
INSERT INTO outbox_4 (guild_id, call_seq, source_key, ordinal, feature, method, route, body, reason, repeat,
    on_result, context, state, attempts, due_at, sent_at, created_at, error)
  SELECT guild_id, call_seq, source_key, ordinal, feature, method, route, body, reason,
    CASE repeat WHEN 'confirm' THEN 'read-back' ELSE repeat END,
    on_result, context, state, attempts, due_at, CASE WHEN attempts > 0 THEN due_at END, created_at, error
  FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_4 RENAME TO outbox;
CREATE INDEX outbox_state ON outbox (state, due_at);
`,
}

import type { Migration } from './migration.ts'

export const guildData: Migration = {
  version: 1,
  name: 'guild data',
  sql: `
CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE guild_own (
  guild_id TEXT NOT NULL PRIMARY KEY,
  epoch INTEGER NOT NULL CHECK (epoch > 0),
  role TEXT NOT NULL CHECK (role IN ('active', 'frozen', 'released', 'set_aside')),
  move_id TEXT,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE cursor (
  guild_id TEXT NOT NULL PRIMARY KEY,
  generation INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  shard_id INTEGER NOT NULL,
  shard_count INTEGER NOT NULL,
  shard_epoch INTEGER NOT NULL,
  applied_at INTEGER NOT NULL,
  event_lag_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE operation_capture (
  guild_id TEXT NOT NULL PRIMARY KEY,
  active INTEGER NOT NULL,
  last_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE operation_log (
  guild_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  table_name TEXT NOT NULL,
  operation TEXT NOT NULL CHECK (operation IN ('put', 'delete')),
  row TEXT NOT NULL,
  PRIMARY KEY (guild_id, seq)
) STRICT;

CREATE TABLE guilds (
  guild_id TEXT NOT NULL PRIMARY KEY,
  settings TEXT,
  left_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE document_guild (
  guild_id TEXT NOT NULL PRIMARY KEY REFERENCES guilds (guild_id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  icon TEXT,
  owner_id TEXT NOT NULL,
  member_count INTEGER NOT NULL CHECK (member_count >= 0),
  unavailable INTEGER NOT NULL DEFAULT 0,
  payload TEXT NOT NULL
) STRICT;

CREATE TABLE document_channels (
  guild_id TEXT NOT NULL REFERENCES guilds (guild_id) ON DELETE CASCADE,
  channel_id TEXT NOT NULL,
  name TEXT NOT NULL,
  type INTEGER NOT NULL,
  parent_id TEXT,
  position INTEGER NOT NULL,
  last_message_id TEXT,
  payload TEXT NOT NULL,
  PRIMARY KEY (guild_id, channel_id)
) STRICT;

CREATE TABLE document_roles (
  guild_id TEXT NOT NULL REFERENCES guilds (guild_id) ON DELETE CASCADE,
  role_id TEXT NOT NULL,
  name TEXT NOT NULL,
  permissions TEXT NOT NULL,
  position INTEGER NOT NULL,
  payload TEXT NOT NULL,
  PRIMARY KEY (guild_id, role_id)
) STRICT;

CREATE TABLE document_members (
  guild_id TEXT NOT NULL REFERENCES guilds (guild_id) ON DELETE CASCADE,
  user_id TEXT NOT NULL,
  name TEXT NOT NULL,
  roles TEXT NOT NULL,
  timeout_until INTEGER,
  fresh INTEGER NOT NULL,
  payload TEXT NOT NULL,
  PRIMARY KEY (guild_id, user_id)
) STRICT;

CREATE TABLE message_stats (
  guild_id TEXT NOT NULL REFERENCES guilds (guild_id) ON DELETE CASCADE,
  message_id TEXT NOT NULL,
  author_id TEXT NOT NULL,
  channel_id TEXT NOT NULL,
  category_id TEXT,
  recipient_id TEXT,
  characters INTEGER NOT NULL CHECK (characters >= 0),
  words INTEGER NOT NULL CHECK (words >= 0),
  code_blocks TEXT NOT NULL,
  links TEXT NOT NULL,
  reactions INTEGER NOT NULL DEFAULT 0 CHECK (reactions >= 0),
  sent_at INTEGER NOT NULL,
  PRIMARY KEY (guild_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_stats_sent ON message_stats (guild_id, sent_at);

CREATE TABLE setup_drafts (
  guild_id TEXT NOT NULL REFERENCES guilds (guild_id) ON DELETE CASCADE,
  draft_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  choices TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (guild_id, draft_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX setup_drafts_expiry ON setup_drafts (expires_at);

CREATE TABLE outbox (
  guild_id TEXT NOT NULL REFERENCES guilds (guild_id) ON DELETE CASCADE,
  call_seq INTEGER NOT NULL,
  source_key TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  feature TEXT NOT NULL,
  method TEXT NOT NULL,
  route TEXT NOT NULL,
  body TEXT,
  reason TEXT,
  repeat TEXT NOT NULL CHECK (repeat IN ('nonce', 'idempotent', 'confirm')),
  on_result TEXT,
  context TEXT,
  state TEXT NOT NULL CHECK (state IN ('pending', 'in_flight', 'dead')),
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  error TEXT,
  PRIMARY KEY (guild_id, call_seq),
  UNIQUE (guild_id, source_key, ordinal)
) STRICT;
CREATE INDEX outbox_state ON outbox (state, due_at);

CREATE TABLE jobs (
  guild_id TEXT NOT NULL REFERENCES guilds (guild_id) ON DELETE CASCADE,
  job_id TEXT NOT NULL,
  feature TEXT NOT NULL,
  name TEXT NOT NULL,
  payload TEXT,
  due_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'dead')),
  attempts INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  error TEXT,
  PRIMARY KEY (guild_id, job_id)
) STRICT;
CREATE INDEX jobs_due ON jobs (state, due_at);

CREATE TABLE interactions (
  guild_id TEXT NOT NULL REFERENCES guilds (guild_id) ON DELETE CASCADE,
  interaction_id TEXT NOT NULL,
  answer TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  PRIMARY KEY (guild_id, interaction_id)
) STRICT;
CREATE INDEX interactions_expiry ON interactions (expires_at);

CREATE TABLE dead_events (
  guild_id TEXT NOT NULL REFERENCES guilds (guild_id) ON DELETE CASCADE,
  generation INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  feature TEXT NOT NULL,
  type TEXT NOT NULL,
  payload TEXT,
  error TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  died_at INTEGER NOT NULL,
  PRIMARY KEY (guild_id, generation, seq, feature)
) STRICT;
`,
}

-- The gap ledger: events that no gateway will get any more. Rows are never deleted.
CREATE TABLE gaps (
  gap_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  shard_id integer NOT NULL CHECK (shard_id >= 0),
  -- Empty: Discord ended the shard's session. Else a hole in one guild's lane.
  guild_id text COLLATE "C" NOT NULL DEFAULT '',
  generation_before bigint NOT NULL,
  -- The last event that is held, as far as is known; 0 in the identity of an ended session.
  hole_after_seq bigint NOT NULL DEFAULT 0,
  last_seq bigint NOT NULL,
  generation_after bigint,
  gateway_id text COLLATE "C",
  detected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  reason text NOT NULL,
  guilds integer,
  undelivered integer,
  UNIQUE (shard_id, guild_id, generation_before, hole_after_seq)
);

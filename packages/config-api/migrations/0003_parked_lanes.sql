-- Lanes of which events lie on a gateway's disk. The seq to resume from has passed them, so a holder of the shard must
-- deliver them before anything that comes behind.
CREATE TABLE parked_lanes (
  shard_id integer NOT NULL REFERENCES shard_leases (shard_id) ON DELETE CASCADE,
  guild_id text COLLATE "C" NOT NULL,
  keeper text COLLATE "C" NOT NULL,
  -- The last of them.
  generation bigint NOT NULL,
  seq bigint NOT NULL,
  events integer NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (shard_id, guild_id, keeper)
);

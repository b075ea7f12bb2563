-- A permit that a holder keeps for the day on which the config API is away. It has no place in time (slot_at) until it is
-- used, and counts as spent all the while. `reserved_epoch`: the shard lease that it was given with; NULL of a reserved
-- one: its holder has given it back unused.
ALTER TABLE identifies ALTER COLUMN slot_at DROP NOT NULL;
ALTER TABLE identifies ADD COLUMN reserved_epoch bigint;

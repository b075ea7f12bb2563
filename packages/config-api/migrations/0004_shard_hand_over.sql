-- A gateway that goes away has left the share-out of shards before its lease ends: the registration that left.
ALTER TABLE gateways ADD COLUMN left_shards_as bigint;

-- Wakes whoever waits for a shard: one became free, or a gateway that took part is gone, so that others' shares grow.
CREATE FUNCTION notify_shards() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('guildmesh_shards', '');
  RETURN NULL;
END $$;
CREATE TRIGGER shard_freed AFTER UPDATE OF holder ON shard_leases
  FOR EACH ROW WHEN (OLD.holder IS NOT NULL AND NEW.holder IS NULL) EXECUTE FUNCTION notify_shards();
CREATE TRIGGER gateway_gone AFTER UPDATE OF status ON gateways
  FOR EACH ROW WHEN (OLD.status <> 'offline' AND NEW.status = 'offline') EXECUTE FUNCTION notify_shards();

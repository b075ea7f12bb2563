-- The state of a mesh. Epochs, incarnations, revisions and generations rise and are never given twice.

CREATE TABLE mesh (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  -- Rises when the database is restored from a backup, so that places in the old history mean nothing.
  timeline integer NOT NULL DEFAULT 1 CHECK (timeline >= 1),
  -- Changes up to this revision are no longer kept.
  trimmed_through bigint NOT NULL DEFAULT 0,
  -- Discord's number of shards; the first gateway to state it fixes it.
  shard_count integer CHECK (shard_count >= 1)
);
INSERT INTO mesh DEFAULT VALUES;

-- ---------------------------------------------------------------- gateways

CREATE SEQUENCE gateway_registrations;

CREATE TABLE gateways (
  gateway_id text COLLATE "C" PRIMARY KEY CHECK (gateway_id ~ '^gateway-(0|[1-9][0-9]{0,3})$'),
  registration bigint NOT NULL,
  restart integer NOT NULL DEFAULT 0,
  address text NOT NULL,
  region text NOT NULL,
  version text NOT NULL,
  capacity integer NOT NULL CHECK (capacity >= 1),
  status text NOT NULL CHECK (status IN ('active', 'cordoned', 'draining', 'offline')),
  -- What it was before its lease lapsed: a cordon outlives a crash.
  status_before_offline text CHECK (status_before_offline IN ('active', 'cordoned', 'draining')),
  guild_count integer NOT NULL DEFAULT 0 CHECK (guild_count >= 0),
  -- The incarnation that has asked for shards, and so takes part in sharing them out.
  holds_shards_as bigint,
  -- Lease and status are one row, so that a renewal and a fence are compare-and-sets of the same thing.
  renew_seq bigint NOT NULL DEFAULT 0,
  last_heartbeat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  load jsonb,
  CHECK ((status = 'offline') = (status_before_offline IS NOT NULL))
);

-- ------------------------------------------------------------- assignments

CREATE TABLE assignments (
  guild_id text COLLATE "C" PRIMARY KEY CHECK (guild_id ~ '^[1-9][0-9]{16,19}$'),
  gateway_id text COLLATE "C" NOT NULL REFERENCES gateways,
  epoch bigint NOT NULL CHECK (epoch >= 1),
  assigned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Why it is there: the placement's reason, or the move.
  cause text NOT NULL
);
CREATE INDEX assignments_by_gateway ON assignments (gateway_id, guild_id);

CREATE TABLE assignment_history (
  guild_id text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL,
  gateway_id text COLLATE "C" NOT NULL,
  assigned_at timestamptz NOT NULL,
  cause text NOT NULL,
  PRIMARY KEY (guild_id, epoch)
);

-- An owner is never changed without a higher epoch, by whatever statement.
CREATE FUNCTION keep_assignment_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.epoch <= OLD.epoch THEN
    RAISE EXCEPTION 'guild %: epoch % does not rise above %', NEW.guild_id, NEW.epoch, OLD.epoch;
  END IF;
  INSERT INTO assignment_history VALUES (NEW.guild_id, NEW.epoch, NEW.gateway_id, NEW.assigned_at, NEW.cause);
  RETURN NULL;
END $$;
CREATE TRIGGER assignments_history AFTER INSERT OR UPDATE OF gateway_id, epoch ON assignments
  FOR EACH ROW EXECUTE FUNCTION keep_assignment_history();

CREATE FUNCTION count_guilds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE gateways SET guild_count = guild_count - 1 WHERE gateway_id = OLD.gateway_id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE gateways SET guild_count = guild_count + 1 WHERE gateway_id = NEW.gateway_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER assignments_count AFTER INSERT OR UPDATE OF gateway_id OR DELETE ON assignments
  FOR EACH ROW EXECUTE FUNCTION count_guilds();

-- ----------------------------------------------------------------- changes

CREATE SEQUENCE change_revisions;

-- What watchers are told, in the order of commits.
CREATE TABLE changes (
  revision bigint PRIMARY KEY,
  body jsonb NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION epoch_ms(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE AS
  $$ SELECT floor(extract(epoch FROM at) * 1000)::bigint $$;

-- The lock is held until the commit is visible, so a lower revision never appears after a higher one. It is taken by
-- deferred triggers, at the commit, when the transaction has every row lock it needs: so it cannot deadlock.
CREATE FUNCTION log_change(body jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('guildmesh.changes'));
  INSERT INTO changes (revision, body) VALUES (nextval('change_revisions'), body);
  PERFORM pg_notify('guildmesh_changes', '');
END $$;

CREATE FUNCTION log_assignment_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM log_change(jsonb_build_object('type', 'assignment', 'assignment', jsonb_build_object(
    'guildId', NEW.guild_id, 'gatewayId', NEW.gateway_id, 'epoch', NEW.epoch,
    'assignedAt', epoch_ms(NEW.assigned_at))));
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER assignments_changed AFTER INSERT OR UPDATE ON assignments
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_assignment_change();

CREATE FUNCTION log_gateway_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM log_change(jsonb_build_object('type', 'gateway', 'gateway', jsonb_build_object(
    'gatewayId', NEW.gateway_id,
    'incarnation', jsonb_build_object('registration', NEW.registration, 'restart', NEW.restart),
    'address', NEW.address, 'region', NEW.region, 'version', NEW.version, 'status', NEW.status,
    'capacity', NEW.capacity, 'guildCount', NEW.guild_count,
    'lastHeartbeatAt', epoch_ms(NEW.last_heartbeat_at))));
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER gateways_added AFTER INSERT ON gateways
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION log_gateway_change();
-- Heartbeats and counts are no news to watchers.
CREATE CONSTRAINT TRIGGER gateways_changed AFTER UPDATE ON gateways
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((OLD.registration, OLD.restart, OLD.address, OLD.region, OLD.version, OLD.capacity, OLD.status)
    IS DISTINCT FROM
    (NEW.registration, NEW.restart, NEW.address, NEW.region, NEW.version, NEW.capacity, NEW.status))
  EXECUTE FUNCTION log_gateway_change();

-- ------------------------------------------------------------------ shards

CREATE SEQUENCE session_generations;

CREATE TABLE shard_leases (
  shard_id integer PRIMARY KEY CHECK (shard_id >= 0),
  holder text COLLATE "C",
  registration bigint,
  restart integer,
  epoch bigint NOT NULL DEFAULT 0,
  renew_seq bigint NOT NULL DEFAULT 0,
  renewed_at timestamptz,
  last_holder text COLLATE "C",
  generation bigint,
  session_id text,
  resume_url text,
  seq bigint,
  -- Sessions up to this generation have ended: a late commit must not bring one back.
  ended_generation bigint NOT NULL DEFAULT 0,
  CHECK (num_nulls(holder, registration, restart) IN (0, 3)),
  CHECK (num_nulls(generation, session_id, resume_url, seq) IN (0, 4))
);

-- One row for each leave to IDENTIFY: the bot-wide budget is counted from them.
CREATE TABLE identifies (
  generation bigint PRIMARY KEY,
  shard_id integer NOT NULL,
  holder text COLLATE "C" NOT NULL,
  -- When the IDENTIFY may be sent.
  slot_at timestamptz NOT NULL
);
CREATE INDEX identifies_by_slot ON identifies (slot_at);

-- ------------------------------------------------------------------- moves

CREATE TABLE moves (
  move_id uuid PRIMARY KEY,
  guild_id text COLLATE "C" NOT NULL,
  source text COLLATE "C" NOT NULL,
  target text COLLATE "C" NOT NULL,
  from_epoch bigint NOT NULL,
  state text NOT NULL CHECK (state IN
    ('planned', 'copying', 'freezing', 'verified', 'switched', 'activated', 'done', 'aborted')),
  reason text NOT NULL,
  requested_by text NOT NULL,
  idempotency_key text NOT NULL UNIQUE,
  -- Set before the source is asked to serve again: from then on the move can only be aborted.
  failure jsonb,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  -- When the present phase gives up.
  deadline_at timestamptz NOT NULL,
  -- Nobody else takes the next step before this.
  next_step_at timestamptz NOT NULL,
  CHECK ((ended_at IS NULL) = (state NOT IN ('done', 'aborted')))
);
CREATE UNIQUE INDEX moves_one_open ON moves (guild_id) WHERE ended_at IS NULL;
CREATE INDEX moves_due ON moves (next_step_at) WHERE ended_at IS NULL;
CREATE INDEX moves_by_start ON moves (started_at DESC);

-- -------------------------------------------------------------- identities

CREATE TABLE service_keys (
  kid text PRIMARY KEY,
  name text COLLATE "C" NOT NULL,
  public_key text NOT NULL,
  valid_until timestamptz NOT NULL
);
CREATE INDEX service_keys_by_validity ON service_keys (valid_until);

CREATE TABLE users (
  user_id text COLLATE "C" PRIMARY KEY,
  name text NOT NULL,
  avatar text,
  first_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE sessions (
  session_id uuid PRIMARY KEY,
  token_hash text NOT NULL UNIQUE,
  user_id text COLLATE "C" NOT NULL REFERENCES users,
  sealed_tokens text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE operator_tokens (
  token_id uuid PRIMARY KEY,
  name text NOT NULL,
  token_hash text NOT NULL UNIQUE,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_used_at timestamptz,
  revoked_at timestamptz
);

-- ------------------------------------------------------------------- audit

CREATE TABLE audit (
  entry_id bigint PRIMARY KEY,
  -- Makes a repeated append harmless.
  request_id uuid NOT NULL UNIQUE,
  at timestamptz(3) NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  reason text,
  previous_hash text NOT NULL,
  hash text NOT NULL
);

CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit log is only ever added to';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();

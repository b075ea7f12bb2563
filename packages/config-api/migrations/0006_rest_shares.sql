-- Leased shares of the limits that Discord sets for the whole bot (ADR 10). Columns of the gateway's row, so that a
-- heartbeat stays one write. `share` is what counts as the gateway's own now, `floor` what it keeps without a word.
ALTER TABLE gateways
  -- The process that reported last, and its latest heartbeat; NULL where none of this registration has reported.
  ADD COLUMN rest_life text,
  ADD COLUMN rest_beat bigint NOT NULL DEFAULT 0,
  ADD COLUMN requests_demand integer NOT NULL DEFAULT 0 CHECK (requests_demand >= 0),
  ADD COLUMN requests_share integer NOT NULL DEFAULT 0 CHECK (requests_share >= requests_floor),
  ADD COLUMN requests_floor integer NOT NULL DEFAULT 0 CHECK (requests_floor >= 0),
  ADD COLUMN invalid_demand integer NOT NULL DEFAULT 0 CHECK (invalid_demand >= 0),
  ADD COLUMN invalid_share integer NOT NULL DEFAULT 0 CHECK (invalid_share >= invalid_floor),
  ADD COLUMN invalid_floor integer NOT NULL DEFAULT 0 CHECK (invalid_floor >= 0);

-- What former processes of gateways held: it counts until what they did has left Discord's windows, and its floor as
-- long as nobody knows that the process has ended.
CREATE TABLE former_rest_shares (
  rest_life text PRIMARY KEY,
  gateway_id text COLLATE "C" NOT NULL,
  heard_at timestamptz NOT NULL,
  requests_share integer NOT NULL,
  requests_floor integer NOT NULL,
  invalid_share integer NOT NULL,
  invalid_floor integer NOT NULL
);

-- The field's words (docs/glossary.md). Columns are renamed, not added, because no mesh has run the former schema: a
-- version before this one does not run on it.

ALTER TABLE gateways RENAME COLUMN rest_life TO rest_process;
ALTER TABLE gateways RENAME COLUMN requests_share TO requests_quota;
ALTER TABLE gateways RENAME COLUMN requests_floor TO requests_guaranteed;
ALTER TABLE gateways RENAME COLUMN invalid_share TO invalid_quota;
ALTER TABLE gateways RENAME COLUMN invalid_floor TO invalid_guaranteed;

ALTER TABLE former_rest_shares RENAME TO former_rest_quotas;
ALTER TABLE former_rest_quotas RENAME COLUMN rest_life TO rest_process;
ALTER TABLE former_rest_quotas RENAME COLUMN requests_share TO requests_quota;
ALTER TABLE former_rest_quotas RENAME COLUMN requests_floor TO requests_guaranteed;
ALTER TABLE former_rest_quotas RENAME COLUMN invalid_share TO invalid_quota;
ALTER TABLE former_rest_quotas RENAME COLUMN invalid_floor TO invalid_guaranteed;

-- A row is one data loss. Its identity: shard, guild ('' if Discord ended the shard's session), the generation before
-- it, and the seq after which events of the guild's lane are lost (0 if the whole session ended).
ALTER TABLE gaps RENAME TO gap_ledger;
ALTER TABLE gap_ledger RENAME COLUMN gap_id TO loss_id;
ALTER TABLE gap_ledger RENAME COLUMN hole_after_seq TO after_seq;
-- Reasons are a closed list from now on (DataLossReason of the contracts).
UPDATE gap_ledger SET reason = CASE
  WHEN reason LIKE '%(op 9)%' THEN 'invalid-session'
  WHEN reason LIKE '%(close code %' THEN 'session-closed'
  WHEN reason LIKE '%RESUME keeps failing%' THEN 'resume-failed'
  WHEN guild_id <> '' THEN 'not-held'
  ELSE 'session-ended'
END;

import type { Migration } from './migration.ts'

/**
 * Dead letters of events get that name. The old triggers went along with the table, under the names of before: they go,
 * or each change would be numbered twice.
 */
export const eventDeadLetters: Migration = {
  version: 7,
  name: 'dead letters of events',
  sql: `
ALTER TABLE dead_events RENAME TO event_dead_letters;
DROP TRIGGER IF EXISTS operation_log_dead_events_insert;
DROP TRIGGER IF EXISTS operation_log_dead_events_update;
DROP TRIGGER IF EXISTS operation_log_dead_events_delete;
UPDATE operation_log SET table_name = 'event_dead_letters' WHERE table_name = 'dead_events';
`,
}

import BetterSqlite3 from 'better-sqlite3'
import { expect, test } from 'vitest'
import { guildA, temporaryFolder } from '../../test/temporary-store.ts'
import { insert, openGuildStore } from '../index.ts'
import { migrations } from './migrate.ts'

const letter = { generation: 1, feature: 'activity', type: 'MESSAGE_CREATE', error: 'Error', attempts: 1 }

/** A database as the version before the rename left it: with a dead letter, and somebody who follows the guild. */
function oldDatabase(path: string): void {
  const database = new BetterSqlite3(path)
  for (const step of migrations.filter(({ version }) => version <= 6)) database.exec(step.sql)
  database.pragma('user_version = 6')
  const guild = `'${guildA}'`
  database.exec(`
    CREATE TRIGGER operation_log_dead_events_insert AFTER INSERT ON dead_events BEGIN
      UPDATE operation_capture SET last_seq = last_seq + 1 WHERE guild_id = NEW.guild_id;
      INSERT INTO operation_log (guild_id, seq, table_name, operation, row)
        SELECT guild_id, last_seq, 'dead_events', 'put', json_object('seq', NEW.seq)
        FROM operation_capture WHERE guild_id = NEW.guild_id;
    END;
    INSERT INTO guild_own VALUES (${guild}, 1, 'active', NULL, 1);
    INSERT INTO guilds (guild_id) VALUES (${guild});
    INSERT INTO operation_capture VALUES (${guild}, 1, 0);
    INSERT INTO dead_events VALUES (${guild}, 1, 7, 'activity', 'MESSAGE_CREATE', NULL, 'Error', 1, 5);`)
  database.close()
}

test('a database from before dead letters had their name opens with all its rows, and is followed as before', () => {
  using folder = temporaryFolder()
  const path = folder.file('guilds.sqlite3')
  oldDatabase(path)
  using store = openGuildStore({ path })
  const rows = store.read(guildA, 1, (snapshot) => snapshot.rows.list('eventDeadLetters'))
  expect(rows).toEqual({ kind: 'done', value: [{ ...letter, seq: 7, payload: null, diedAt: 5 }] })
  store.transact([
    {
      guildId: guildA,
      epoch: 1,
      run: (writer) =>
        writer.apply([insert('eventDeadLetters', { ...letter, seq: 8, payload: null, diedAt: 6 })]),
    },
  ])
  const followed = store.operations.after(guildA, 0, 10)
  expect(followed.map(({ seq, table, row }) => [seq, table, row['seq']])).toEqual([
    [1, 'event_dead_letters', 7],
    [2, 'event_dead_letters', 8],
  ])
})

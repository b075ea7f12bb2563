import type { Database } from 'better-sqlite3'
import { getTableName } from 'drizzle-orm'
import { guildTables } from './schema/guild-tables.ts'

/**
 * (Re)creates the triggers that number a guild's row changes in `operation_log`: generic, made from the columns that
 * the table really has. They record only while `operation_capture` says that somebody follows the guild: a log that
 * nobody reads would double the writes of every event. A follower switches it on before it reads the first row.
 */
export function installOperationTriggers(database: Database): void {
  const columnsOf = database.prepare<[string], { name: string }>('SELECT name FROM pragma_table_info(?)')
  for (const table of Object.values(guildTables)) {
    const name = getTableName(table)
    const columns = columnsOf.all(name)
    for (const [event, image, operation] of [
      ['INSERT', 'NEW', 'put'],
      ['UPDATE', 'NEW', 'put'],
      ['DELETE', 'OLD', 'delete'],
    ] as const) {
      const trigger = `operation_log_${name}_${event.toLowerCase()}`
      const row = columns.map((column) => `'${column.name}', ${image}.${column.name}`).join(', ')
      database.exec(`
        DROP TRIGGER IF EXISTS ${trigger};
        CREATE TRIGGER ${trigger} AFTER ${event} ON ${name}
        WHEN EXISTS (SELECT 1 FROM operation_capture WHERE guild_id = ${image}.guild_id AND active = 1)
        BEGIN
          UPDATE operation_capture SET last_seq = last_seq + 1 WHERE guild_id = ${image}.guild_id;
          INSERT INTO operation_log (guild_id, seq, table_name, operation, row)
            SELECT guild_id, last_seq, '${name}', '${operation}', json_object(${row})
            FROM operation_capture WHERE guild_id = ${image}.guild_id;
        END;`)
    }
  }
}

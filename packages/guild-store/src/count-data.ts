import type { GuildId } from '@guildmesh/contracts'
import type { Database } from 'better-sqlite3'
import { getTableName } from 'drizzle-orm'
import { guildTables } from './schema/guild-tables.ts'

/**
 * Number of a guild's rows by table, without empty tables. The parent row alone (no settings) is no data, nor are
 * `guild_own` and the cursor.
 */
export function dataCounter(database: Database): (guildId: GuildId) => Readonly<Record<string, number>> {
  const counts = Object.values(guildTables).map((table) => {
    const name = getTableName(table)
    const condition = name === 'guilds' ? ' AND (settings IS NOT NULL OR left_at IS NOT NULL)' : ''
    const statement = database.prepare<[string], { n: number }>(
      `SELECT count(*) AS n FROM ${name} WHERE guild_id = ?${condition}`,
    )
    return { name, statement }
  })
  return (guildId) => {
    const found: Record<string, number> = {}
    for (const { name, statement } of counts) {
      const n = statement.get(guildId)?.n ?? 0
      if (n > 0) found[name] = n
    }
    return found
  }
}

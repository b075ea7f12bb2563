import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** One row of a gateway's table, and whose database it is in. */
export interface FoundRow {
  readonly gatewayId: string
  readonly row: Readonly<Record<string, unknown>>
}

/** Asks every gateway's SQLite file, opened read-only beside the gateway that writes it. */
export function queryGateways(stateDir: string, sql: string, ...parameters: string[]): FoundRow[] {
  const folder = join(stateDir, 'gateways')
  return readdirSync(folder).flatMap((gatewayId) => {
    const database = new DatabaseSync(join(folder, gatewayId, 'mod-bot.sqlite3'), { readOnly: true })
    try {
      return database
        .prepare(sql)
        .all(...parameters)
        .map((row) => ({ gatewayId, row: { ...row } }))
    } finally {
      database.close()
    }
  })
}

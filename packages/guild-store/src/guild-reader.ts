import { GuildSettings, type GuildId, type Position } from '@guildmesh/contracts'
import type { Database, Statement } from 'better-sqlite3'
import { type GuildRow, guildTables, type GuildTableName } from './schema/guild-tables.ts'
import type { Match } from './row-change.ts'
import { type Choice, TableStatements } from './sqlite/table-statements.ts'

/** Which columns to read (all), in which order (unspecified), and how many rows at the most (all). */
export interface ListOptions<T extends GuildTableName, C extends keyof GuildRow<T>> {
  readonly columns?: readonly C[]
  readonly orderBy?: keyof GuildRow<T> & string
  /** Largest first. */
  readonly descending?: boolean
  readonly limit?: number
}

/** How far a guild's events have been applied. */
export interface CursorState {
  readonly position: Position
  readonly shardId: number
  readonly shardCount: number
  readonly shardEpoch: number
  readonly appliedAt: number
  readonly eventLagMs: number
}

/** The rows of one guild. Cannot write, and cannot see another guild. */
export interface GuildReader {
  readonly guildId: GuildId
  /** The first row that matches. */
  get<T extends GuildTableName, C extends keyof GuildRow<T> & string = keyof GuildRow<T> & string>(
    table: T,
    match: Match<T>,
    columns?: readonly C[],
  ): Pick<GuildRow<T>, C> | undefined
  list<T extends GuildTableName, C extends keyof GuildRow<T> & string = keyof GuildRow<T> & string>(
    table: T,
    match?: Match<T>,
    options?: ListOptions<T, C>,
  ): Pick<GuildRow<T>, C>[]
  count<T extends GuildTableName>(table: T, match?: Match<T>): number
  /** Validated; `null` until somebody ran /setup. @throws ZodError if the stored ones do not fit the schema */
  settings(): GuildSettings | null
  cursor(): CursorState | null
}

/** The statements of one connection, shared by the readers of all guilds on it. */
export class Statements {
  readonly #tables: ReadonlyMap<string, TableStatements>
  readonly #cursor: Statement<[string], Record<string, number>>

  constructor(database: Database) {
    this.#tables = new Map(
      Object.entries(guildTables).map(([name, table]) => [name, new TableStatements(database, table)]),
    )
    this.#cursor = database.prepare('SELECT * FROM cursor WHERE guild_id = ?')
  }

  on(table: GuildTableName): TableStatements {
    const statements = this.#tables.get(table)
    if (!statements) throw new TypeError(`there is no table ${table}`)
    return statements
  }

  cursor(guildId: string): CursorState | null {
    const row = this.#cursor.get(guildId)
    if (!row) return null
    const number = (column: string) => Number(row[column])
    return {
      position: { generation: number('generation'), seq: number('seq') },
      shardId: number('shard_id'),
      shardCount: number('shard_count'),
      shardEpoch: number('shard_epoch'),
      appliedAt: number('applied_at'),
      eventLagMs: number('event_lag_ms'),
    }
  }
}

/** A reader of one guild over a connection's statements, usable while `isOpen` says so. */
export function guildReader(guildId: GuildId, statements: Statements, isOpen: () => boolean): GuildReader {
  const on = (table: GuildTableName): TableStatements => {
    if (!isOpen())
      throw new Error(`the transaction on guild ${guildId} has ended; its reader cannot be used later`)
    return statements.on(table)
  }
  return {
    guildId,
    get<T extends GuildTableName, C extends keyof GuildRow<T> & string>(
      table: T,
      match: Match<T>,
      columns?: readonly C[],
    ) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table's own columns, mapped by their types
      return on(table).get(guildId, match, choice(columns, undefined, 1)) as Pick<GuildRow<T>, C> | undefined
    },
    list<T extends GuildTableName, C extends keyof GuildRow<T> & string>(
      table: T,
      match: Match<T> = {},
      options: ListOptions<T, C> = {},
    ) {
      const chosen = {
        ...choice(options.columns, options.orderBy, options.limit ?? -1),
        descending: options.descending ?? false,
      }
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
      return on(table).list(guildId, match, chosen) as Pick<GuildRow<T>, C>[]
    },
    count: (table, match = {}) => on(table).count(guildId, match),
    settings() {
      const row = on('guilds').get(guildId, {}, choice(['settings'], undefined, 1))
      return row?.['settings'] ? GuildSettings.parse(row['settings']) : null
    },
    cursor: () => {
      if (!isOpen()) throw new Error(`the transaction on guild ${guildId} has ended`)
      return statements.cursor(guildId)
    },
  }
}

function choice(columns: readonly string[] | undefined, orderBy: string | undefined, limit: number): Choice {
  return { columns, orderBy, descending: false, limit }
}

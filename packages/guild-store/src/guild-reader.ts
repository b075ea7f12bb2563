import { GuildSettings, type GuildId, type Position } from '@guildmesh/contracts'
import type { Database, Statement } from 'better-sqlite3'
import { type GuildRow, guildTables, type GuildTableName } from './schema/guild-tables.ts'
import type { Match } from './row-change.ts'
import { type Choice, TableDoor } from './sqlite/table-door.ts'

/** Which columns to read (all), in which order (unspecified), and how many rows at the most (all). */
export interface ListOptions<T extends GuildTableName, C extends keyof GuildRow<T>> {
  readonly columns?: readonly C[]
  readonly orderBy?: keyof GuildRow<T> & string
  /** Largest first. */
  readonly descending?: boolean
  readonly limit?: number
}

/** Where a guild's event stream stands. */
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
  /** Validated; `null` until somebody ran /setup. @throws ZodError where the stored ones do not fit the schema */
  settings(): GuildSettings | null
  cursor(): CursorState | null
}

/** The statements of one connection, shared by the readers of all guilds on it. */
export class Statements {
  readonly #doors: Readonly<Record<GuildTableName, TableDoor>>
  readonly #cursor: Statement<[string], Record<string, number>>

  constructor(database: Database) {
    this.#doors = {
      guilds: new TableDoor(database, guildTables.guilds),
      documentGuild: new TableDoor(database, guildTables.documentGuild),
      documentChannels: new TableDoor(database, guildTables.documentChannels),
      documentRoles: new TableDoor(database, guildTables.documentRoles),
      documentMembers: new TableDoor(database, guildTables.documentMembers),
      messageStats: new TableDoor(database, guildTables.messageStats),
      setupDrafts: new TableDoor(database, guildTables.setupDrafts),
      outbox: new TableDoor(database, guildTables.outbox),
      jobs: new TableDoor(database, guildTables.jobs),
      interactions: new TableDoor(database, guildTables.interactions),
      deadEvents: new TableDoor(database, guildTables.deadEvents),
      eventChains: new TableDoor(database, guildTables.eventChains),
      mountedInbox: new TableDoor(database, guildTables.mountedInbox),
      backfillMarks: new TableDoor(database, guildTables.backfillMarks),
    }
    this.#cursor = database.prepare('SELECT * FROM cursor WHERE guild_id = ?')
  }

  door(table: GuildTableName): TableDoor {
    return this.#doors[table]
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
  const door = (table: GuildTableName): TableDoor => {
    if (!isOpen())
      throw new Error(`the transaction on guild ${guildId} has ended; its reader cannot be used later`)
    return statements.door(table)
  }
  return {
    guildId,
    get<T extends GuildTableName, C extends keyof GuildRow<T> & string>(
      table: T,
      match: Match<T>,
      columns?: readonly C[],
    ) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table's own columns, mapped by their types
      return door(table).get(guildId, match, choice(columns, undefined, 1)) as
        | Pick<GuildRow<T>, C>
        | undefined
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
      return door(table).list(guildId, match, chosen) as Pick<GuildRow<T>, C>[]
    },
    count: (table, match = {}) => door(table).count(guildId, match),
    settings() {
      const row = door('guilds').get(guildId, {}, choice(['settings'], undefined, 1))
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

import type { Database, Statement } from 'better-sqlite3'
import { type Column, getTableColumns, getTableName } from 'drizzle-orm'
import { getTableConfig, type SQLiteTable } from 'drizzle-orm/sqlite-core'

type Values = Record<string, unknown>
export interface Choice {
  readonly columns: readonly string[] | undefined
  readonly orderBy: string | undefined
  readonly descending: boolean
  readonly limit: number
}

/**
 * Prepared statements over one table on one connection, always within one guild: the guild is the first condition of
 * every statement and the first value of every row. Rows go in and out by property name, mapped by drizzle's columns.
 */
export class TableDoor {
  readonly #database: Database
  readonly #name: string
  readonly #columns: ReadonlyMap<string, Column>
  readonly #keys: ReadonlySet<string>
  readonly #statements = new Map<string, Statement<unknown[], Values>>()

  constructor(database: Database, table: SQLiteTable) {
    this.#database = database
    this.#name = getTableName(table)
    this.#columns = new Map(Object.entries(getTableColumns(table)))
    const { columns, primaryKeys } = getTableConfig(table)
    const composite = primaryKeys.flatMap((key) => key.columns)
    this.#keys = new Set(
      [...composite, ...columns.filter((column) => column.primary)].map((column) => column.name),
    )
  }

  get(guildId: string, match: Values, choice: Choice): Values | undefined {
    return this.#select(guildId, match, choice)[0]
  }

  list(guildId: string, match: Values, choice: Choice): Values[] {
    return this.#select(guildId, match, choice)
  }

  count(guildId: string, match: Values): number {
    const names = Object.keys(match)
    const statement = this.#prepare(
      `count ${names.join()}`,
      () => `SELECT count(*) AS n ${this.#from(names)}`,
    )
    const row = statement.get(guildId, ...this.#values(match, names))
    return Number(row?.['n'])
  }

  /** Inserts; `overwrite` decides what becomes of a row with the same key. */
  insert(guildId: string, row: Values, overwrite: boolean): number {
    const names = Object.keys(row).filter((name) => row[name] !== undefined)
    const statement = this.#prepare(`${overwrite ? 'put' : 'insert'} ${names.join()}`, () => {
      const changed = names.filter((name) => !this.#keys.has(this.#column(name).name))
      const conflict =
        overwrite && changed.length > 0
          ? `DO UPDATE SET ${changed.map((name) => `${this.#sql(name)} = excluded.${this.#sql(name)}`).join(', ')}`
          : 'DO NOTHING'
      return `INSERT INTO ${this.#name} (${['guild_id', ...names.map((name) => this.#sql(name))].join(', ')})
        VALUES (${['?', ...names.map(() => '?')].join(', ')}) ON CONFLICT (${[...this.#keys].join(', ')}) ${conflict}`
    })
    return statement.run(guildId, ...this.#values(row, names)).changes
  }

  update(guildId: string, match: Values, set: Values): number {
    const changed = Object.keys(set).filter((name) => set[name] !== undefined)
    if (changed.length === 0) return 0
    const names = Object.keys(match)
    const statement = this.#prepare(
      `update ${changed.join()} ${names.join()}`,
      () =>
        `UPDATE ${this.#name} SET ${changed.map((name) => `${this.#sql(name)} = ?`).join(', ')} ${this.#where(names)}`,
    )
    return statement.run(...this.#values(set, changed), guildId, ...this.#values(match, names)).changes
  }

  add(guildId: string, match: Values, column: string, by: number): number {
    const names = Object.keys(match)
    const name = this.#sql(column)
    const statement = this.#prepare(
      `add ${column} ${names.join()}`,
      () => `UPDATE ${this.#name} SET ${name} = max(0, ${name} + ?) ${this.#where(names)}`,
    )
    return statement.run(by, guildId, ...this.#values(match, names)).changes
  }

  remove(guildId: string, match: Values): number {
    const names = Object.keys(match)
    const statement = this.#prepare(
      `remove ${names.join()}`,
      () => `DELETE FROM ${this.#name} ${this.#where(names)}`,
    )
    return statement.run(guildId, ...this.#values(match, names)).changes
  }

  #select(guildId: string, match: Values, { columns, orderBy, descending, limit }: Choice): Values[] {
    const names = Object.keys(match)
    const chosen = columns ?? [...this.#columns.keys()].filter((name) => name !== 'guildId')
    const statement = this.#prepare(
      `select ${columns?.join() ?? '*'} ${names.join()} ${orderBy ?? ''} ${descending}`,
      () =>
        `SELECT ${chosen.map((name) => `${this.#sql(name)} AS "${name}"`).join(', ')} ${this.#from(names)}
         ${orderBy === undefined ? '' : `ORDER BY ${this.#sql(orderBy)}${descending ? ' DESC' : ''}`} LIMIT ?`,
    )
    const rows = statement.all(guildId, ...this.#values(match, names), limit)
    for (const row of rows) {
      for (const name of chosen) {
        const value = row[name]
        if (value !== null) row[name] = this.#column(name).mapFromDriverValue(value)
      }
    }
    return rows
  }

  #from(names: readonly string[]): string {
    return `FROM ${this.#name} ${this.#where(names)}`
  }

  /** IS, so that a match on `null` finds rows too. */
  #where(names: readonly string[]): string {
    return `WHERE guild_id = ?${names.map((name) => ` AND ${this.#sql(name)} IS ?`).join('')}`
  }

  #values(row: Values, names: readonly string[]): unknown[] {
    return names.map((name) => {
      const value = row[name]
      return value === null || value === undefined ? null : this.#column(name).mapToDriverValue(value)
    })
  }

  #sql(name: string): string {
    return this.#column(name).name
  }

  #column(name: string): Column {
    const column = this.#columns.get(name)
    if (!column || name === 'guildId') throw new TypeError(`${this.#name} has no column ${name} to name here`)
    return column
  }

  #prepare(key: string, sql: () => string): Statement<unknown[], Values> {
    let statement = this.#statements.get(key)
    if (!statement) {
      statement = this.#database.prepare<unknown[], Values>(sql())
      this.#statements.set(key, statement)
    }
    return statement
  }
}

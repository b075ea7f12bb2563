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

/** A statement and how values go in and out of it. Prepared once for each shape of a call: there are thousands of events a second. */
interface Plan {
  readonly statement: Statement<unknown[], Values>
  /** What is bound after the guild, in order: properties of each object that the call gives. */
  readonly bound: readonly (readonly Bound[])[]
  /** Columns of the result that are stored otherwise than they read. */
  readonly mapped: readonly Bound[]
}

interface Bound {
  readonly name: string
  readonly column: Column
  /** SQLite's value is not JavaScript's: JSON, booleans. */
  readonly isMapped: boolean
}

/**
 * Prepared statements over one table on one connection, always within one guild: the guild is the first condition of
 * every statement and the first value of every row. Rows go in and out by property name, mapped by drizzle's columns.
 */
export class TableStatements {
  readonly #database: Database
  readonly #name: string
  readonly #columns: ReadonlyMap<string, Bound>
  readonly #keys: ReadonlySet<string>
  readonly #plans = new Map<string, Plan>()

  constructor(database: Database, table: SQLiteTable) {
    this.#database = database
    this.#name = getTableName(table)
    this.#columns = new Map(
      Object.entries(getTableColumns(table)).map(([name, column]) => [
        name,
        { name, column, isMapped: column.dataType !== 'string' && column.dataType !== 'number' },
      ]),
    )
    const { columns, primaryKeys } = getTableConfig(table)
    const composite = primaryKeys.flatMap((key) => key.columns)
    this.#keys = new Set(
      [...composite, ...columns.filter((column) => column.primary)].map((column) => column.name),
    )
  }

  get(guildId: string, match: Values, choice: Choice): Values | undefined {
    const plan = this.#selectPlan(match, choice, 'LIMIT 1')
    const row = plan.statement.get(guildId, ...valuesOf(plan, match))
    return row && read(row, plan)
  }

  list(guildId: string, match: Values, choice: Choice): Values[] {
    const { limit } = choice
    const plan = this.#selectPlan(match, choice, limit < 0 ? '' : 'LIMIT ?')
    const bound = valuesOf(plan, match)
    if (limit >= 0) bound.push(limit)
    const rows = plan.statement.all(guildId, ...bound)
    if (plan.mapped.length > 0) for (const row of rows) read(row, plan)
    return rows
  }

  count(guildId: string, match: Values): number {
    const plan = this.#plan(`count${conditionsIn(match)}`, () => {
      const names = Object.keys(match)
      return { sql: `SELECT count(*) AS n ${this.#from(names)}`, bound: [names] }
    })
    const row = plan.statement.get(guildId, ...valuesOf(plan, match))
    return Number(row?.['n'])
  }

  /** Inserts; `overwrite` decides what becomes of a row with the same key. */
  insert(guildId: string, row: Values, overwrite: boolean): number {
    const plan = this.#plan(`${overwrite ? 'put' : 'insert'}${namesIn(row)}`, () => {
      const names = Object.keys(row).filter((name) => row[name] !== undefined)
      const changed = names.filter((name) => !this.#keys.has(this.#sql(name)))
      const conflict =
        overwrite && changed.length > 0
          ? `DO UPDATE SET ${changed.map((name) => `${this.#sql(name)} = excluded.${this.#sql(name)}`).join(', ')}`
          : 'DO NOTHING'
      const sql = `INSERT INTO ${this.#name} (${['guild_id', ...names.map((name) => this.#sql(name))].join(', ')})
        VALUES (${['?', ...names.map(() => '?')].join(', ')}) ON CONFLICT (${[...this.#keys].join(', ')}) ${conflict}`
      return { sql, bound: [names] }
    })
    return plan.statement.run(guildId, ...valuesOf(plan, row)).changes
  }

  update(guildId: string, match: Values, set: Values): number {
    const changed = namesIn(set)
    if (changed === '') return 0
    const plan = this.#plan(`update${changed} where${conditionsIn(match)}`, () => {
      const setNames = Object.keys(set).filter((name) => set[name] !== undefined)
      const names = Object.keys(match)
      const sql = `UPDATE ${this.#name} SET ${setNames.map((name) => `${this.#sql(name)} = ?`).join(', ')} ${this.#where(names)}`
      return { sql, bound: [setNames, names] }
    })
    return plan.statement.run(...valuesOf(plan, set, 0), guildId, ...valuesOf(plan, match, 1)).changes
  }

  add(guildId: string, match: Values, column: string, by: number): number {
    const plan = this.#plan(`add ${column}${conditionsIn(match)}`, () => {
      const names = Object.keys(match)
      const name = this.#sql(column)
      return {
        sql: `UPDATE ${this.#name} SET ${name} = max(0, ${name} + ?) ${this.#where(names)}`,
        bound: [names],
      }
    })
    return plan.statement.run(by, guildId, ...valuesOf(plan, match)).changes
  }

  remove(guildId: string, match: Values): number {
    const plan = this.#plan(`remove${conditionsIn(match)}`, () => {
      const names = Object.keys(match)
      return { sql: `DELETE FROM ${this.#name} ${this.#where(names)}`, bound: [names] }
    })
    return plan.statement.run(guildId, ...valuesOf(plan, match)).changes
  }

  /** @param limit a limit that is bound costs a read of one row four times its price, so that one is written out */
  #selectPlan(
    match: Values,
    { columns, orderBy, descending }: Choice,
    limit: '' | 'LIMIT 1' | 'LIMIT ?',
  ): Plan {
    const key = `${limit} ${columns?.join() ?? '*'} by ${orderBy ?? ''} ${descending} where${conditionsIn(match)}`
    return this.#plan(key, () => {
      const names = Object.keys(match)
      const chosen = columns ?? [...this.#columns.keys()].filter((name) => name !== 'guildId')
      const order = orderBy === undefined ? '' : `ORDER BY ${this.#sql(orderBy)}${descending ? ' DESC' : ''}`
      const sql = `SELECT ${chosen.map((name) => `${this.#sql(name)} AS "${name}"`).join(', ')} ${this.#from(names)}
         ${order} ${limit}`
      return { sql, bound: [names], chosen }
    })
  }

  #plan(
    key: string,
    make: () => { sql: string; bound: readonly (readonly string[])[]; chosen?: readonly string[] },
  ): Plan {
    let plan = this.#plans.get(key)
    if (!plan) {
      const { sql, bound, chosen = [] } = make()
      plan = {
        statement: this.#database.prepare<unknown[], Values>(sql),
        bound: bound.map((names) => names.map((name) => this.#bound(name))),
        mapped: chosen.map((name) => this.#bound(name)).filter(({ isMapped }) => isMapped),
      }
      this.#plans.set(key, plan)
    }
    return plan
  }

  #from(names: readonly string[]): string {
    return `FROM ${this.#name} ${this.#where(names)}`
  }

  /** IS, so that a match on `null` finds rows too. */
  #where(names: readonly string[]): string {
    return `WHERE guild_id = ?${names.map((name) => ` AND ${this.#sql(name)} IS ?`).join('')}`
  }

  #sql(name: string): string {
    return this.#bound(name).column.name
  }

  #bound(name: string): Bound {
    const bound = this.#columns.get(name)
    if (!bound || name === 'guildId') throw new TypeError(`${this.#name} has no column ${name} to name here`)
    return bound
  }
}

/** The names of the values that are there, each with a blank before it: the shape of a call. */
function namesIn(values: Values): string {
  let names = ''
  for (const name in values) if (values[name] !== undefined) names += ` ${name}`
  return names
}

/** As `namesIn`, for conditions: one on nothing is a condition too. */
function conditionsIn(match: Values): string {
  let names = ''
  for (const name in match) names += ` ${name}`
  return names
}

function valuesOf(plan: Plan, values: Values, part = 0): unknown[] {
  const bound = plan.bound[part] ?? []
  return bound.map(({ name, column, isMapped }) => {
    const value = values[name]
    if (value === null || value === undefined) return null
    return isMapped ? column.mapToDriverValue(value) : value
  })
}

function read(row: Values, { mapped }: Plan): Values {
  for (const { name, column } of mapped) {
    const value = row[name]
    if (value !== null) row[name] = column.mapFromDriverValue(value)
  }
  return row
}

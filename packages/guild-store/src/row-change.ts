import { GuildSettings } from '@guildmesh/contracts'
import type { GuildRow, GuildTableName, NewGuildRow } from './schema/guild-tables.ts'

/** Columns and values that a row must have; `{}` matches all rows of the guild. */
export type Match<T extends GuildTableName> = Partial<GuildRow<T>>

/** A change of rows of one guild, as data. The writer that applies it decides which guild that is. */
export type RowChange = { [T in GuildTableName]: TableChange<T> }[GuildTableName]

type TableChange<T extends GuildTableName> =
  | { readonly op: 'put' | 'insert'; readonly table: T; readonly row: NewGuildRow<T> }
  | { readonly op: 'update'; readonly table: T; readonly match: Match<T>; readonly set: Partial<GuildRow<T>> }
  | {
      readonly op: 'add'
      readonly table: T
      readonly match: Match<T>
      readonly column: keyof GuildRow<T> & string
      readonly by: number
    }
  | { readonly op: 'remove'; readonly table: T; readonly match: Match<T> }

/** Inserts the row, or overwrites the given columns of the row with the same key. */
export function put<T extends GuildTableName>(table: T, row: NewGuildRow<T>) {
  return { op: 'put', table, row } as const
}

/** Inserts the row; leaves a row with the same key as it is. */
export function insert<T extends GuildTableName>(table: T, row: NewGuildRow<T>) {
  return { op: 'insert', table, row } as const
}

export function update<T extends GuildTableName>(table: T, match: Match<T>, set: Partial<GuildRow<T>>) {
  return { op: 'update', table, match, set } as const
}

/** Adds to a number column of matching rows; the result is never below 0. */
export function add<T extends GuildTableName>(
  table: T,
  match: Match<T>,
  column: keyof GuildRow<T> & string,
  by: number,
) {
  return { op: 'add', table, match, column, by } as const
}

export function remove<T extends GuildTableName>(table: T, match: Match<T>) {
  return { op: 'remove', table, match } as const
}

/** The only way to write settings: they pass the schema first. @throws ZodError */
export function saveSettings(settings: GuildSettings): RowChange {
  return update('guilds', {}, { settings: GuildSettings.parse(settings) })
}

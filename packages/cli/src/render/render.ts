import { stringify } from 'yaml'
import { renderTable } from './render-table.ts'
import type { Resource } from './resource.ts'

export const formats = ['table', 'wide', 'json', 'jsonl', 'yaml', 'name'] as const
export type Format = (typeof formats)[number]

/** Version of the JSON and YAML that commands print. Fields are added to it, never renamed. */
const outputVersion = 'guildmesh/v1'

/** Items in the format of `-o`. Ids are always strings. */
export function renderList<T extends object>(
  items: readonly T[],
  format: Format,
  resource: Resource<T>,
  now: number,
): string {
  switch (format) {
    case 'table':
    case 'wide': {
      const columns = resource.columns.filter((column) => format === 'wide' || !column.wide)
      return renderTable(
        columns.map(({ title }) => title),
        items.map((item) => columns.map((column) => column.text(item, now))),
      )
    }
    case 'json':
      return json(listDocument(items, resource))
    case 'yaml':
      return stringify(listDocument(items, resource))
    case 'jsonl':
      return items.map((item) => `${JSON.stringify(document(item, resource))}\n`).join('')
    case 'name':
      return items.map((item) => `${resource.name(item)}\n`).join('')
    default:
      return format satisfies never
  }
}

/** One item: as a list of one for people, as a document of its own for programs. */
export function renderItem<T extends object>(
  item: T,
  format: Format,
  resource: Resource<T>,
  now: number,
): string {
  if (format === 'json') return json(document(item, resource))
  if (format === 'yaml') return stringify(document(item, resource))
  return renderList([item], format, resource, now)
}

function document<T extends object>(item: T, { kind }: Resource<T>) {
  return { apiVersion: outputVersion, kind, ...item }
}

function listDocument<T extends object>(items: readonly T[], { kind }: Resource<T>) {
  return { apiVersion: outputVersion, kind: `${kind}List`, items }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

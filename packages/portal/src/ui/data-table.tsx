import type { ReactNode } from 'react'

/** One column of a table: its heading, and what a row shows in it. */
export interface Column<Row> {
  readonly heading: string
  readonly cell: (row: Row) => ReactNode
  /** Figures stand to the right, digits under digits. */
  readonly numeric?: boolean
  /** The cell that names the row. */
  readonly names?: boolean
  /** Text that may run over several lines. */
  readonly prose?: boolean
  /** The heading is for screen readers only. */
  readonly quietHeading?: boolean
}

/** A table that scrolls sideways in itself, by keyboard too, so that the page never does. */
export function DataTable<Row>(props: {
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  readonly empty: ReactNode
  readonly maxHeight?: string
}) {
  if (props.rows.length === 0) return <p className="border-y border-line py-6 text-dim">{props.empty}</p>
  return (
    <div
      role="region"
      aria-label={props.caption}
      tabIndex={0}
      className={`relative overflow-auto border-y border-line ${props.maxHeight ?? ''}`}
    >
      <table className="w-full border-collapse text-left text-sm">
        <caption className="sr-only">{props.caption}</caption>
        <thead className="sticky top-0 bg-paper">
          <tr>
            {props.columns.map((column) => (
              <th
                key={column.heading}
                scope="col"
                className={`border-b border-line px-3 py-2 font-semibold whitespace-nowrap text-dim first:pl-0 last:pr-0 ${column.numeric ? 'text-right' : ''}`}
              >
                <span className={column.quietHeading ? 'sr-only' : ''}>{column.heading}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={props.keyOf(row)} className="border-b border-line/70 last:border-b-0 hover:bg-surface">
              {props.columns.map((column) => {
                const look = `${column.prose ? 'min-w-40 max-w-96' : 'whitespace-nowrap'} px-3 py-2 align-middle first:pl-0 last:pr-0 ${column.numeric ? 'tabular text-right' : ''}`
                return column.names ? (
                  <th key={column.heading} scope="row" className={`${look} font-semibold`}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.heading} className={look}>
                    {column.cell(row)}
                  </td>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Rows under titles, in columns as wide as their widest cell. */
export function renderTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map(oneLine))
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...clean.map((row) => row[column]?.length ?? 0)),
  )
  return [titles, ...clean]
    .map((row) =>
      row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}

/** Names come from people: a line break or an escape sequence in one must not rewrite the terminal. */
function oneLine(cell: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return cell.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, ' ')
}

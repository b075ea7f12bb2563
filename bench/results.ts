import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem } from 'node:os'
import { join, relative } from 'node:path'
import type { BenchResult, BenchTable } from './bench-context.ts'

interface KeptResult extends BenchResult {
  readonly measuredAt: string
  readonly tookSeconds: number
  readonly machine: string
}

/** The latest result of each bench, as JSON for programs and as Markdown for people. */
export class ResultFile {
  readonly #json: string
  readonly #markdown: string
  readonly #results: Map<string, KeptResult>

  constructor(folder: string) {
    this.#json = join(folder, 'bench.json')
    this.#markdown = join(folder, 'bench.md')
    const kept: Record<string, KeptResult> = existsSync(this.#json)
      ? JSON.parse(readFileSync(this.#json, 'utf8'))
      : {}
    this.#results = new Map(Object.entries(kept))
  }

  get paths(): string[] {
    return [this.#json, this.#markdown].map((path) => relative(process.cwd(), path))
  }

  add(name: string, result: BenchResult, tookSeconds: number): void {
    this.#results.set(name, {
      ...result,
      measuredAt: new Date().toISOString(),
      tookSeconds,
      machine: machineFacts(),
    })
    writeFileSync(this.#json, `${JSON.stringify(Object.fromEntries(this.#results), null, 2)}\n`)
    writeFileSync(
      this.#markdown,
      [...this.#results].map(([title, kept]) => markdownOf(title, kept)).join('\n'),
    )
  }
}

/** The machine that the figures come from. */
export function machineFacts(): string {
  const gigabytes = Math.round(totalmem() / 2 ** 30)
  return `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${gigabytes} GB, Linux ${release()}, Node ${process.version}`
}

/** A table with aligned columns. */
export function renderTable({ title, columns, rows }: BenchTable): string {
  const widths = columns.map((column, at) =>
    Math.max(column.length, ...rows.map((row) => (row[at] ?? '').length)),
  )
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ')}`
  return [title, line(columns), ...rows.map(line)].join('\n')
}

function markdownOf(name: string, { tables, notes, measuredAt, tookSeconds, machine }: KeptResult): string {
  return [
    `## ${name}`,
    '',
    `${measuredAt}, ${tookSeconds} s, ${machine}; everything on this one machine.`,
    '',
    ...tables.flatMap(({ title, columns, rows }) => [
      `**${title}**`,
      '',
      `| ${columns.join(' | ')} |`,
      `|${columns.map((_, at) => (at === 0 ? '---|' : '--:|')).join('')}`,
      ...rows.map((row) => `| ${row.join(' | ')} |`),
      '',
    ]),
    ...notes.map((note) => `- ${note}`),
    '',
  ].join('\n')
}

import { readdirSync, readFileSync } from 'node:fs'

/** Memory of one process of the mesh and of what it started, in bytes. */
export interface ProcessMemory {
  readonly name: string
  /** Processes counted: PostgreSQL has many. */
  readonly processes: number
  /** Resident pages, shared ones counted in full. */
  readonly rssBytes: number
  /** Resident pages, shared ones divided among those who share them. The sum over all is what the machine spends. */
  readonly pssBytes: number
}

/** The part of the proc file system that is read; `null` if the process is gone. */
export interface ProcFiles {
  /** Parent of each process. */
  parents(): ReadonlyMap<number, number>
  /** Text of `/proc/<pid>/smaps_rollup`. */
  smapsRollup(pid: number): string | null
}

/** Measures processes, each with all its descendants except those that are named themselves. */
export function measureMemory(
  named: ReadonlyMap<string, number>,
  files: ProcFiles = linuxProc,
): ProcessMemory[] {
  const children = childrenOf(files.parents())
  const roots = new Set(named.values())
  return [...named].map(([name, pid]) => {
    const family = familyOf(pid, children, roots)
    const sizes = family.flatMap((member) => {
      const text = files.smapsRollup(member)
      return text === null ? [] : [{ rss: sizeIn(text, 'Rss'), pss: sizeIn(text, 'Pss') }]
    })
    return {
      name,
      processes: sizes.length,
      rssBytes: sizes.reduce((sum, { rss }) => sum + rss, 0),
      pssBytes: sizes.reduce((sum, { pss }) => sum + pss, 0),
    }
  })
}

/** A table of the figures, with their sum, in MB of 10^6 bytes. */
export function renderMemory(rows: readonly ProcessMemory[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length), 'process'.length)
  const total = (of: (row: ProcessMemory) => number) => rows.reduce((sum, row) => sum + of(row), 0)
  return [
    `${'process'.padEnd(width)}  processes   RSS MB   PSS MB`,
    ...rows.map(
      ({ name, processes, rssBytes, pssBytes }) =>
        `${name.padEnd(width)}  ${String(processes).padStart(9)}${megabytes(rssBytes)}${megabytes(pssBytes)}`,
    ),
    `${'all'.padEnd(width)}  ${String(total((row) => row.processes)).padStart(9)}${megabytes(total((row) => row.rssBytes))}${megabytes(total((row) => row.pssBytes))}`,
  ].join('\n')
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1).padStart(9)
}

function childrenOf(parents: ReadonlyMap<number, number>): Map<number, number[]> {
  const children = new Map<number, number[]>()
  for (const [pid, parent] of parents) children.set(parent, [...(children.get(parent) ?? []), pid])
  return children
}

function familyOf(
  pid: number,
  children: ReadonlyMap<number, number[]>,
  roots: ReadonlySet<number>,
): number[] {
  const younger = (children.get(pid) ?? []).filter((child) => !roots.has(child))
  return [pid, ...younger.flatMap((child) => familyOf(child, children, roots))]
}

function sizeIn(smaps: string, field: 'Rss' | 'Pss'): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(smaps)?.[1]
  return Number(kilobytes ?? 0) * 1024
}

const linuxProc: ProcFiles = {
  parents() {
    const parents = new Map<number, number>()
    for (const entry of readdirSync('/proc')) {
      const stat = /^\d+$/.test(entry) ? read(`/proc/${entry}/stat`) : null
      // The name in parentheses may hold spaces; the parent is the second field after it.
      const parent = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1]
      if (parent !== undefined) parents.set(Number(entry), Number(parent))
    }
    return parents
  },
  smapsRollup: (pid) => read(`/proc/${pid}/smaps_rollup`),
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

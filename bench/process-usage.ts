import { readFileSync } from 'node:fs'

/** Linux counts CPU time in these. */
const ticksPerSecond = 100

/** CPU seconds, user and system, of all threads of a process since it started. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may contain spaces; utime and stime are the 12th and 13th field after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** Resident bytes of a process. */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes ?? 0) * 1024
}

/** CPU seconds of named processes at one moment. */
export type CpuMoment = ReadonlyMap<string, number>

/**
 * Cores used by each process between two moments. PostgreSQL's own children are left out: they answer one call a
 * second, whatever the events do.
 */
export function coresBetween(before: CpuMoment, after: CpuMoment, seconds: number): Map<string, number> {
  return new Map([...after].map(([name, at]) => [name, (at - (before.get(name) ?? 0)) / seconds]))
}

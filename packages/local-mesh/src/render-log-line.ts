const esc = '\u001B'
const reset = `${esc}[0m`

/** One colour a process, told apart on light and dark terminals. */
const processColours = [36, 35, 34, 33, 32, 96, 95, 94, 93, 92].map((code) => `${esc}[${code}m`)
const dim = `${esc}[2m`

const severities = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
export type Severity = (typeof severities)[number]

const severityColours: Record<Severity, string> = {
  trace: dim,
  debug: dim,
  info: '',
  warn: `${esc}[33m`,
  error: `${esc}[31m`,
  fatal: `${esc}[31;1m`,
}

/** Fields that the line shows elsewhere, that are for programs, or that say nothing on one machine. */
const shownElsewhere = new Set([
  'level',
  'time',
  'event',
  'msg',
  'service',
  'pid',
  'hostname',
  'name',
  'v',
  'err',
  'error',
])
const longestValue = 200

/** What one line of a process says. */
export interface LogLine {
  readonly severity: Severity
  /** UTC time of day, if the process stated one. */
  readonly time: string | null
  readonly text: string
}

/** Reads a line of a process: a pino record, or any other text (severity `info`). */
export function parseLogLine(line: string): LogLine {
  const record = recordOf(line)
  if (record === null) return { severity: 'info', time: null, text: line }
  const fields = Object.entries(record)
    .filter(([key]) => !shownElsewhere.has(key))
    .map(([key, value]) => `${key}=${valueText(value)}`)
  const message = typeof record['msg'] === 'string' ? record['msg'] : ''
  const failure = failureText(record['err'] ?? record['error'])
  const text = [message, ...fields, ...(failure === null ? [] : [failure])]
    .filter((part) => part !== '')
    .join(' ')
  return { severity: severityOf(record['level']), time: timeOf(record['time']), text }
}

/** A line as the terminal shows it: time, process, severity if it matters, text. */
export function renderLogLine(line: LogLine, look: ProcessLook): string {
  const time = line.time ?? look.now
  const level = line.severity === 'info' ? '' : `${line.severity.toUpperCase()} `
  const name = look.name.padEnd(look.nameWidth)
  if (!look.colour) return `${time} ${name} ${level}${line.text}`
  const nameColour = processColours[look.index % processColours.length] ?? ''
  const colour = severityColours[line.severity]
  const text = colour === '' ? `${level}${line.text}` : `${colour}${level}${line.text}${reset}`
  return `${dim}${time}${reset} ${nameColour}${name}${reset} ${text}`
}

/** How the lines of one process look. */
export interface ProcessLook {
  readonly name: string
  readonly nameWidth: number
  /** The process's place in the plan: chooses its colour. */
  readonly index: number
  readonly colour: boolean
  /** Time of day for lines that state none. */
  readonly now: string
}

/** Whether a line is shown. `quiet`: warnings and worse; `normal`: information too; `verbose`: everything. */
export function isShown(severity: Severity, verbosity: Verbosity): boolean {
  const least: Record<Verbosity, Severity> = { quiet: 'warn', normal: 'info', verbose: 'trace' }
  return severities.indexOf(severity) >= severities.indexOf(least[verbosity])
}

export type Verbosity = 'quiet' | 'normal' | 'verbose'

/** The time of day, UTC, to the millisecond. */
export function timeOfDay(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(11, 23)
}

function recordOf(line: string): Record<string, unknown> | null {
  if (!line.startsWith('{')) return null
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && 'level' in value ? { ...value } : null
  } catch {
    return null
  }
}

function severityOf(level: unknown): Severity {
  if (typeof level === 'number')
    return severities[Math.min(Math.max(Math.floor(level / 10) - 1, 0), 5)] ?? 'info'
  return severities.find((severity) => severity === level) ?? 'info'
}

function timeOf(time: unknown): string | null {
  const date = typeof time === 'number' || typeof time === 'string' ? new Date(time) : null
  return date === null || Number.isNaN(date.getTime()) ? null : timeOfDay(date.getTime())
}

function failureText(failure: unknown): string | null {
  if (typeof failure === 'string') return failure
  if (typeof failure !== 'object' || failure === null) return null
  if ('stack' in failure && typeof failure.stack === 'string') return failure.stack
  if ('message' in failure && typeof failure.message === 'string') return failure.message
  return valueText(failure)
}

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text
}

import type { Writable } from 'node:stream'
import {
  isShown,
  type LogLine,
  parseLogLine,
  renderLogLine,
  type Severity,
  timeOfDay,
  type Verbosity,
} from './render-log-line.ts'
import type { ProcessEvent } from './supervised-process.ts'

export interface MeshTerminalOptions {
  readonly output: Writable
  readonly colour: boolean
  readonly verbosity: Verbosity
  /** Milliseconds since 1970; for lines that state no time. */
  readonly now: () => number
}

const launcher = 'guildmesh'
const nameWidth = 10

/** Shows what the processes of a mesh write, and what happens to them, as one stream of readable lines. */
export class MeshTerminal {
  readonly #options: MeshTerminalOptions
  readonly #places = new Map<string, number>([[launcher, 0]])

  constructor(options: MeshTerminalOptions) {
    this.#options = options
  }

  /** A line that a process wrote. */
  line(name: string, text: string): void {
    const line = parseLogLine(text)
    if (isShown(line.severity, this.#options.verbosity)) this.#write(name, line)
  }

  /** What happened to a process. */
  event(name: string, event: ProcessEvent): void {
    const { severity, text } = describeEvent(name, event)
    if (isShown(severity, this.#options.verbosity)) this.say(text, severity)
  }

  /** A message of the launcher's own. */
  say(text: string, severity: Severity = 'info'): void {
    this.#write(launcher, { severity, time: null, text })
  }

  /** A block that is shown as it is. */
  block(text: string): void {
    this.#options.output.write(`\n${text}\n\n`)
  }

  #write(name: string, line: LogLine): void {
    const index = this.#places.get(name) ?? this.#places.size
    this.#places.set(name, index)
    const { colour, now, output } = this.#options
    output.write(`${renderLogLine(line, { name, nameWidth, index, colour, now: timeOfDay(now()) })}\n`)
  }
}

/** A process event in words. Unexpected exits are warnings, so that a quiet launcher shows them as well. */
function describeEvent(name: string, event: ProcessEvent): { severity: Severity; text: string } {
  switch (event.type) {
    case 'started':
      return { severity: 'debug', text: `started ${name} (process ${event.pid})` }
    case 'waiting':
      return { severity: 'debug', text: `${name} is waiting: ${event.detail}` }
    case 'ready':
      return { severity: 'info', text: `${name} is ready (${(event.afterMs / 1000).toFixed(1)} s)` }
    case 'ended': {
      const { decision } = event
      const then =
        decision.action === 'restart'
          ? `restarting it in ${decision.afterMs / 1000} s`
          : `not restarting it: ${decision.reason}`
      return { severity: 'warn', text: `${name} exited (${event.exit}); ${then}` }
    }
    default:
      return event satisfies never
  }
}

/** Whether to use colour: as `NO_COLOR` (https://no-color.org) and `FORCE_COLOR` say, otherwise if the output is a terminal. */
export function wantsColour(environment: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (environment['NO_COLOR']) return false
  if (environment['FORCE_COLOR']) return environment['FORCE_COLOR'] !== '0'
  return isTerminal
}

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ProcessExit } from './restart-decision.ts'

/** One life of a process of the mesh. */
export interface ProcessLife {
  readonly pid: number
  /** Resolves when the process is gone. */
  readonly exited: Promise<ProcessExit>
  /** Sends a signal; harmless after the exit. */
  signal(name: NodeJS.Signals): void
}

/** How a process is started. Rejects where it cannot be. */
export type Launch = (onLine: (line: string) => void) => Promise<ProcessLife>

/** A program of the repository that Node runs. */
export interface NodeProgram {
  /** The JavaScript file, absolute. */
  readonly file: string
  readonly args: readonly string[]
  /** The whole environment, beside what `inheritedEnvironment` lets through. */
  readonly env: Readonly<Record<string, string>>
  /** Flags of Node; by default those that keep an idle service small. */
  readonly nodeFlags?: readonly string[] | undefined
}

/** A bundle is not there. */
export class MissingBuildError extends Error {
  constructor(file: string) {
    super(
      `${file} is not there: this service has not been built. Run "npm run build" (npm start does it by itself), then try again.`,
    )
    this.name = 'MissingBuildError'
  }
}

/**
 * A small space for young objects: left alone, V8 lets an idle service grow by some 50 MB before it tidies up. The
 * images of the services that are not busy say the same.
 */
const memoryFlags = ['--max-semi-space-size=4']

const lifelinePath = fileURLToPath(new URL('lifeline.mjs', import.meta.url))

/** What every process needs of this one's environment. Nothing else leaks in: a stray PORT would break the plan. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ', 'NODE_EXTRA_CA_CERTS', 'SYSTEMROOT'] as const

export function inheritedEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    inherited.flatMap((name) => {
      const value = environment[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/**
 * Starts a program on the Node of this process. It ends when this process does, whatever ended it; it has a process
 * group of its own, so that a Ctrl-C in the terminal reaches only the launcher, which ends all in order.
 * @throws MissingBuildError
 */
export function launchNode(program: NodeProgram): Launch {
  return async (onLine) => {
    if (!existsSync(program.file)) throw new MissingBuildError(program.file)
    const child = spawn(
      process.execPath,
      [...(program.nodeFlags ?? memoryFlags), '--import', lifelinePath, program.file, ...program.args],
      {
        env: { ...inheritedEnvironment(process.env), NODE_ENV: 'production', ...program.env },
        stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
        detached: true,
      },
    )
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', onLine)
    }
    // The lifeline is never written to; an error on it says only that the process has gone.
    child.stdio[3]?.on('error', () => {})
    const exited = new Promise<ProcessExit>((resolve) => {
      child.once('close', (code, signal) => resolve({ code, signal }))
      child.once('error', () => resolve({ code: null, signal: null }))
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    return { pid: child.pid ?? 0, exited, signal: (name) => child.kill(name) }
  }
}

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { ProcessExit } from './restart-decision.ts'

/** A process of the mesh, from its start to its exit. */
export interface RunningProcess {
  readonly pid: number
  /** Resolves when the process is gone. */
  readonly exited: Promise<ProcessExit>
  /** Sends a signal; harmless after the exit. */
  signal(name: NodeJS.Signals): void
}

/** Starts a process. Rejects if it cannot be started. */
export type Launch = (onLine: (line: string) => void) => Promise<RunningProcess>

/** A program of the repository that Node runs. */
export interface NodeProgram {
  /** The JavaScript file, absolute. */
  readonly file: string
  readonly args: readonly string[]
  /** The whole environment, besides what `inheritedEnvironment` lets through. */
  readonly env: Readonly<Record<string, string>>
  /** Flags of Node; by default those that keep an idle service small. */
  readonly nodeFlags?: readonly string[] | undefined
}

/** A bundle has not been built. */
export class MissingBuildError extends Error {
  constructor(file: string) {
    super(
      `${file} does not exist: this service has not been built. Run "npm run build" (npm start does that by itself), then try again.`,
    )
    this.name = 'MissingBuildError'
  }
}

/**
 * A small space for young objects: by default V8 lets an idle service grow by some 50 MB before it collects them. The
 * container images of the services that are rarely busy set the same.
 */
const memoryFlags = ['--max-semi-space-size=4']

const lifelinePath = fileURLToPath(new URL('lifeline.mjs', import.meta.url))

/** What every process needs from the environment of this one. Nothing else is passed on: a stray PORT would break the plan. */
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
 * Starts a program on the Node of this process. It ends when this process ends, however that happens. It has a process
 * group of its own, so that a Ctrl-C in the terminal reaches only the launcher, which stops all in order.
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

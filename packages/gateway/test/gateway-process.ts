import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** A gateway as a process of its own. Disposing kills it. */
export class GatewayProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  #output = ''

  constructor(variables: NodeJS.ProcessEnv) {
    this.#child = spawn(process.execPath, [main], {
      env: { PATH: process.env.PATH, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout?.on('data', (text: Buffer) => (this.#output += text.toString()))
    this.#child.stderr?.on('data', (text: Buffer) => (this.#output += text.toString()))
  }

  /** Everything that it has written so far. */
  get output(): string {
    return this.#output
  }

  /** Sends a signal and waits for the end; gives the exit code, `null` if the signal itself ended it. */
  async end(signal?: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit')
      if (signal) this.#child.kill(signal)
      await exited
    }
    return this.#child.exitCode
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL')
  }
}

import { sleep } from '@guildmesh/runtime/work'
import type { Launch, RunningProcess } from './launch-node.ts'
import { decideRestart, describeExit, type ProcessExit, type RestartDecision } from './restart-decision.ts'

/** What happens to a process. The terminal shows it. */
export type ProcessEvent =
  | { readonly type: 'started'; readonly pid: number }
  /** It runs but is not ready; `detail` says what it waits for. Reported only when that changes. */
  | { readonly type: 'waiting'; readonly detail: string }
  | { readonly type: 'ready'; readonly afterMs: number }
  | { readonly type: 'ended'; readonly exit: string; readonly decision: RestartDecision }

/** Whether a process is ready now. If it is not, `detail` says why, as far as that is known. */
export interface ProbeResult {
  readonly ok: boolean
  readonly detail: string
}

export interface SupervisedOptions {
  readonly name: string
  readonly launch: Launch
  readonly probe: () => Promise<ProbeResult>
  readonly onLine: (line: string) => void
  readonly onEvent: (event: ProcessEvent) => void
}

/** A process did not become ready. */
export class ProcessStartError extends Error {
  /** The last lines that the process wrote. */
  readonly tail: readonly string[]

  constructor(name: string, reason: string, tail: readonly string[], options: ErrorOptions = {}) {
    const said =
      tail.length === 0
        ? 'It wrote nothing.'
        : `Its last lines:\n${tail.map((line) => `  ${line}`).join('\n')}`
    super(`${name} did not start: ${reason}. ${said}`, options)
    this.name = 'ProcessStartError'
    this.tail = tail
  }
}

const probeEveryMs = 50
const tailLength = 20

/** Keeps a process running: starts it, watches it become ready, restarts it if it ends by itself. */
export class SupervisedProcess {
  readonly name: string
  readonly #options: SupervisedOptions
  readonly #tail: string[] = []
  readonly #stopping = new AbortController()
  #process: RunningProcess | null = null
  #ready = Promise.withResolvers<void>()
  #starts = 0
  #running: Promise<void> | null = null

  constructor(options: SupervisedOptions) {
    this.name = options.name
    this.#options = options
    this.#ready.promise.catch(() => {})
  }

  /** Process id; `null` while it is not running. */
  get pid(): number | null {
    return this.#process?.pid ?? null
  }

  /** How many times the process has been started. */
  get starts(): number {
    return this.#starts
  }

  /** Starts the process; resolves when it is ready. @throws ProcessStartError if it is given up */
  async start(): Promise<void> {
    this.#running ??= this.#supervise()
    await this.#ready.promise
  }

  /** Resolves when the process is ready; if it has ended, when it is ready after its restart. */
  async untilReady(): Promise<void> {
    await this.#ready.promise
  }

  /** Sends the running process a signal. If it ends of that, it is restarted. */
  kill(signal: NodeJS.Signals): void {
    this.#process?.signal(signal)
  }

  /** Kills the process and resolves when it is ready again. */
  async killAndAwaitReturn(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process
    if (running !== null) {
      running.signal(signal)
      await running.exited
      // The supervision learns of the exit in the same turn or the next: only then is there a new `ready`.
      while (this.#process === running) await new Promise((wake) => setImmediate(wake))
    }
    await this.#ready.promise
  }

  /** Stops the process and its supervision: SIGTERM, and SIGKILL if it has not exited within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort()
    const running = this.#process
    if (running !== null) {
      running.signal('SIGTERM')
      const force = setTimeout(() => running.signal('SIGKILL'), graceMs)
      await running.exited
      clearTimeout(force)
    }
    await this.#running
  }

  async #supervise(): Promise<void> {
    let failures = 0
    let everReady = false
    while (!this.#stopping.signal.aborted) {
      const startedAt = performance.now()
      const { exit, wasReady, cause } = await this.#runOnce(startedAt)
      this.#process = null
      if (this.#stopping.signal.aborted) break
      if (wasReady) this.#renewReady()
      everReady ||= wasReady
      const ranMs = performance.now() - startedAt
      const decision = decideRestart({ exit, ranMs, wasReady, everReady, failures })
      const how = cause === null ? describeExit(exit) : cause.message
      this.#options.onEvent({ type: 'ended', exit: how, decision })
      if (decision.action === 'give-up') {
        const reason = cause === null ? `${describeExit(exit)}; ${decision.reason}` : cause.message
        this.#ready.reject(new ProcessStartError(this.name, reason, this.#tail, { cause }))
        return
      }
      failures = decision.failures
      await sleep(decision.afterMs, this.#stopping.signal)
    }
    this.#ready.reject(new ProcessStartError(this.name, 'it was stopped before it was ready', []))
  }

  async #runOnce(startedAt: number): Promise<{ exit: ProcessExit; wasReady: boolean; cause: Error | null }> {
    this.#starts += 1
    this.#tail.length = 0
    let running: RunningProcess
    try {
      running = await this.#options.launch((line) => this.#hear(line))
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error))
      return { exit: { code: null, signal: null }, wasReady: false, cause }
    }
    this.#process = running
    // A stop that came while the process was being started found nothing to signal.
    if (this.#stopping.signal.aborted) running.signal('SIGTERM')
    this.#options.onEvent({ type: 'started', pid: running.pid })
    const gone = new AbortController()
    const exited = running.exited.finally(() => gone.abort())
    const ended = AbortSignal.any([gone.signal, this.#stopping.signal])
    const wasReady = await this.#watchReady(ended)
    if (wasReady) {
      this.#options.onEvent({ type: 'ready', afterMs: performance.now() - startedAt })
      this.#ready.resolve()
    }
    return { exit: await exited, wasReady, cause: null }
  }

  async #watchReady(ended: AbortSignal): Promise<boolean> {
    let said = ''
    while (!ended.aborted) {
      const { ok, detail } = await this.#options.probe()
      if (ok) return !ended.aborted
      if (detail !== said && detail !== '') this.#options.onEvent({ type: 'waiting', detail })
      said = detail
      await sleep(probeEveryMs, ended)
    }
    return false
  }

  #hear(line: string): void {
    this.#tail.push(line)
    if (this.#tail.length > tailLength) this.#tail.shift()
    this.#options.onLine(line)
  }

  #renewReady(): void {
    this.#ready = Promise.withResolvers<void>()
    this.#ready.promise.catch(() => {})
  }
}

/** Asks an HTTP address. `/readyz` lists one check a line; those that fail are marked `[-]`. */
export async function probeHttp(url: string): Promise<ProbeResult> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) })
    const text = await answer.text()
    const failing = text.split('\n').filter((line) => line.startsWith('[-] '))
    return { ok: answer.ok, detail: failing.map((line) => line.slice('[-] '.length)).join('; ') }
  } catch {
    return { ok: false, detail: '' }
  }
}

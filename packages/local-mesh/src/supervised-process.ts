import type { Launch, ProcessLife } from './process-life.ts'
import { decideRestart, describeExit, type ProcessExit, type RestartDecision } from './restart-decision.ts'

/** What happens to a process; the launcher says it to the person in front of it. */
export type ProcessEvent =
  | { readonly type: 'started'; readonly pid: number }
  /** It runs but does not serve yet; `detail` says what it waits for. Only when that changes. */
  | { readonly type: 'waiting'; readonly detail: string }
  | { readonly type: 'ready'; readonly afterMs: number }
  | { readonly type: 'ended'; readonly exit: string; readonly decision: RestartDecision }

/** Whether a process serves now; where it does not, `detail` says why if it is known. */
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

/** A process could not be brought to serve. */
export class ProcessStartError extends Error {
  /** What the process said last. */
  readonly tail: readonly string[]

  constructor(name: string, reason: string, tail: readonly string[], options: ErrorOptions = {}) {
    const said =
      tail.length === 0
        ? 'It said nothing.'
        : `Its last lines:\n${tail.map((line) => `  ${line}`).join('\n')}`
    super(`${name} does not start: ${reason}. ${said}`, options)
    this.name = 'ProcessStartError'
    this.tail = tail
  }
}

const probeEveryMs = 50
const tailLength = 20

/** Keeps a process running: starts it, watches it become ready, starts it again when it ends by itself. */
export class SupervisedProcess {
  readonly name: string
  readonly #options: SupervisedOptions
  readonly #tail: string[] = []
  readonly #stopping = new AbortController()
  #life: ProcessLife | null = null
  #ready = Promise.withResolvers<void>()
  #lives = 0
  #running: Promise<void> | null = null

  constructor(options: SupervisedOptions) {
    this.name = options.name
    this.#options = options
    this.#ready.promise.catch(() => {})
  }

  /** Process id of the current life, `null` between two. */
  get pid(): number | null {
    return this.#life?.pid ?? null
  }

  /** How many times the process has been started. */
  get lives(): number {
    return this.#lives
  }

  /** Starts the process; resolves when it serves. @throws ProcessStartError where it is given up */
  async start(): Promise<void> {
    this.#running ??= this.#supervise()
    await this.#ready.promise
  }

  /** Resolves when the current life serves, or, between two lives, when the next one does. */
  async untilReady(): Promise<void> {
    await this.#ready.promise
  }

  /** Sends the running process a signal, from outside its supervision: it counts as an accident. */
  kill(signal: NodeJS.Signals): void {
    this.#life?.signal(signal)
  }

  /** Kills the process and resolves when its next life serves. */
  async killAndAwaitReturn(signal: NodeJS.Signals): Promise<void> {
    const life = this.#life
    if (life !== null) {
      life.signal(signal)
      await life.exited
      // The supervision hears of the exit in the same turn or the next: only then is there a new `ready`.
      while (this.#life === life) await new Promise((wake) => setImmediate(wake))
    }
    await this.#ready.promise
  }

  /** Ends the process and its supervision: SIGTERM, and SIGKILL when it has not ended within `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort()
    const life = this.#life
    if (life !== null) {
      life.signal('SIGTERM')
      const force = setTimeout(() => life.signal('SIGKILL'), graceMs)
      await life.exited
      clearTimeout(force)
    }
    await this.#running
  }

  async #supervise(): Promise<void> {
    let failures = 0
    let everReady = false
    while (!this.#stopping.signal.aborted) {
      const startedAt = performance.now()
      const { exit, wasReady, cause } = await this.#live(startedAt)
      this.#life = null
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
      await pause(decision.afterMs, this.#stopping.signal)
    }
    this.#ready.reject(new ProcessStartError(this.name, 'it was stopped before it served', []))
  }

  async #live(startedAt: number): Promise<{ exit: ProcessExit; wasReady: boolean; cause: Error | null }> {
    this.#lives += 1
    this.#tail.length = 0
    let life: ProcessLife
    try {
      life = await this.#options.launch((line) => this.#hear(line))
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error))
      return { exit: { code: null, signal: null }, wasReady: false, cause }
    }
    this.#life = life
    // A stop that came while the process was being started has found nothing to end.
    if (this.#stopping.signal.aborted) life.signal('SIGTERM')
    this.#options.onEvent({ type: 'started', pid: life.pid })
    const gone = new AbortController()
    const exited = life.exited.finally(() => gone.abort())
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
      await pause(probeEveryMs, ended)
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

/** Waits, or until the signal is aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })
}

/** Asks an HTTP address; `/readyz` lists what it waits for, one line a check, those that fail marked `[-]`. */
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

import { systemTimers, type Timers } from '../time/timers.ts'
import { type Backoff, backoffMs } from './backoff.ts'

/** Milliseconds until the next run; `null`: none until the worker is woken. */
export type Pause = number | null

/** The argument of a run. */
export interface WorkerRun {
  /** Aborted when the worker is stopped: the run should end soon. */
  readonly signal: AbortSignal
  /** For a long run, once it works: if it fails later, that is the first failure in a row again. */
  readonly succeeded: () => void
}

/** A run that fails is followed by another after the back-off. */
export interface RetriedWork {
  readonly backoff: Backoff
  /**
   * A run has failed, for the n-th time in a row (from 1). What it throws ends the worker: `run` rejects with it.
   * Not called for what a run throws after its signal was aborted.
   */
  readonly onFailure: (error: unknown, failures: number) => void
}

/** A run that fails ends the worker: `run` rejects. */
export interface UnretriedWork {
  readonly backoff?: never
  readonly onFailure?: never
}

export type WorkerOptions = WorkerBase & (RetriedWork | UnretriedWork)

export interface WorkerBase {
  /** One run. */
  readonly work: (run: WorkerRun) => Pause | Promise<Pause>
  /** Pause before the first run. Default 0; `null`: it waits to be woken. */
  readonly firstPauseMs?: Pause
  /** Called after a run that leaves nothing to do until the worker is woken. */
  readonly onIdle?: () => void
  /** Default: the system's. */
  readonly timers?: Timers | undefined
  /** From 0 up to 1; default: `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** How long `drain` lets a run continue by default. Milliseconds. */
const defaultDrainMs = 5000

type State =
  | { readonly name: 'new'; pauseMs: Pause }
  | { readonly name: 'idle' }
  | {
      readonly name: 'waiting'
      readonly dueAtMs: number
      readonly isBackingOff: boolean
      readonly cancel: () => void
    }
  /** `wokenMs`: another run is wanted, so soon after this one. */
  | { readonly name: 'working'; wokenMs: Pause }
  | { readonly name: 'ended' }

/**
 * Work that is done again and again, or whenever it is asked for: one run at a time, a pause that each run decides, a
 * back-off after failures, and an orderly end.
 *
 * - Runs never overlap, and each begins in a turn of the event loop of its own.
 * - A wake is never lost: it shortens a pause, and a wake during a run leads to another run.
 * - A wake does not shorten a back-off: the run that follows it does the work.
 * - Nothing runs after `drain` or `stop` has resolved.
 */
export class Worker {
  readonly #options: WorkerOptions
  readonly #timers: Timers
  readonly #stopping = new AbortController()
  readonly #ended = Promise.withResolvers<void>()
  #state: State
  #failures = 0
  #isClosing = false

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#timers = options.timers ?? systemTimers
    this.#state = { name: 'new', pauseMs: options.firstPauseMs === undefined ? 0 : options.firstPauseMs }
    // Whoever only stops the worker need not handle its failure.
    this.#ended.promise.catch(() => {})
  }

  /**
   * Begins. Wakes that came before count.
   * @param signal stops the worker
   * @returns resolves when the worker has ended; rejects with what `onFailure` threw
   */
  run(signal?: AbortSignal): Promise<void> {
    if (this.#state.name === 'new') {
      this.#wait(this.#state.pauseMs)
      if (signal?.aborted) void this.stop()
      else signal?.addEventListener('abort', this.#onAbort, { once: true })
      void this.#ended.promise
        .finally(() => signal?.removeEventListener('abort', this.#onAbort))
        .catch(() => {})
    } else if (this.#state.name !== 'ended') throw new Error('a worker runs once')
    return this.#ended.promise
  }

  /**
   * Asks for a run.
   * @param withinMs how soon at the latest; during a run: how soon after its end
   */
  wake(withinMs = 0): void {
    const state = this.#state
    switch (state.name) {
      case 'new':
        state.pauseMs = earlier(state.pauseMs, withinMs)
        return
      case 'idle':
        this.#wait(withinMs)
        return
      case 'waiting':
        if (state.isBackingOff || state.dueAtMs <= this.#timers.monotonicMs() + withinMs) return
        state.cancel()
        this.#wait(withinMs)
        return
      case 'working':
        state.wokenMs = earlier(state.wokenMs, withinMs)
        return
      case 'ended':
        return
      default:
        state satisfies never
    }
  }

  /**
   * Lets the run under way finish, or the one that is due begin and finish; no other begins. The run's signal aborts if
   * that takes longer than the limit. Resolves when nothing runs any more.
   */
  async drain(limitMs = defaultDrainMs): Promise<void> {
    if (!this.#isDue()) this.#close()
    this.#isClosing = true
    const cancel = this.#timers.after(limitMs, () => this.#stopping.abort())
    await this.#ended.promise.catch(() => {})
    cancel()
  }

  /** Begins no more runs and aborts the signal of the one under way. Resolves when that has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#close()
    await this.#ended.promise.catch(() => {})
  }

  #isDue(): boolean {
    const state = this.#state
    return state.name === 'waiting' && !state.isBackingOff && state.dueAtMs <= this.#timers.monotonicMs()
  }

  readonly #onAbort = () => void this.stop()

  #close(): void {
    this.#isClosing = true
    const state = this.#state
    if (state.name === 'working' || state.name === 'ended') return
    if (state.name === 'waiting') state.cancel()
    this.#end()
  }

  #end(): void {
    this.#state = { name: 'ended' }
    this.#ended.resolve()
  }

  #wait(pauseMs: Pause, isBackingOff = false): void {
    if (pauseMs === null) {
      this.#state = { name: 'idle' }
      return
    }
    const cancel = this.#timers.after(pauseMs, () => void this.#work())
    this.#state = { name: 'waiting', dueAtMs: this.#timers.monotonicMs() + pauseMs, isBackingOff, cancel }
  }

  async #work(): Promise<void> {
    const state: State = { name: 'working', wokenMs: null }
    this.#state = state
    try {
      const pauseMs = await this.#options.work({
        signal: this.#stopping.signal,
        succeeded: () => {
          this.#failures = 0
        },
      })
      this.#failures = 0
      this.#go(earlier(pauseMs, state.wokenMs))
    } catch (error) {
      this.#failed(error)
    }
  }

  #go(pauseMs: Pause): void {
    if (this.#isClosing) {
      this.#end()
      return
    }
    this.#wait(pauseMs)
    if (pauseMs === null) this.#options.onIdle?.()
  }

  #failed(error: unknown): void {
    const { backoff, onFailure = giveUp, random = Math.random } = this.#options
    this.#failures += 1
    try {
      if (!this.#stopping.signal.aborted) onFailure(error, this.#failures)
    } catch (fatal) {
      this.#state = { name: 'ended' }
      this.#ended.reject(fatal)
      return
    }
    if (this.#isClosing || !backoff) this.#end()
    else this.#wait(backoffMs(backoff, this.#failures, random()), true)
  }
}

function giveUp(error: unknown): never {
  throw error
}

function earlier(first: Pause, second: Pause): Pause {
  if (first === null || second === null) return first ?? second
  return Math.min(first, second)
}

import type { Timers } from '../time/timers.ts'
import type { Backoff } from './backoff.ts'
import { type Pause, Worker, type WorkerRun } from './worker.ts'

export interface KeyedWorkersOptions<K> {
  /** One run for a key. Where it throws, the next comes after the key's own back-off. */
  readonly work: (key: K, run: WorkerRun) => Pause | Promise<Pause>
  /** A run has failed, for the n-th time in a row (from 1). Must not throw. */
  readonly onFailure: (key: K, error: unknown, failures: number) => void
  readonly backoff: Backoff
  /** Default: the system's. */
  readonly timers?: Timers | undefined
  /** From 0 up to 1; default: `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** A worker for each key that has work: keys run side by side, each in its own order. An idle key costs nothing. */
export class KeyedWorkers<K> {
  readonly #options: KeyedWorkersOptions<K>
  readonly #workers = new Map<K, Worker>()
  #isClosing = false

  constructor(options: KeyedWorkersOptions<K>) {
    this.#options = options
  }

  /** Keys that run or wait for their next run. */
  get size(): number {
    return this.#workers.size
  }

  /** Asks for a run of the key; see `Worker.wake`. */
  wake(key: K, withinMs = 0): void {
    const known = this.#workers.get(key)
    if (known) known.wake(withinMs)
    else if (!this.#isClosing) this.#add(key, withinMs)
  }

  /** Lets the runs under way and those that are due finish within the limit; see `Worker.drain`. */
  async drain(limitMs?: number): Promise<void> {
    this.#isClosing = true
    await Promise.all([...this.#workers.values()].map((worker) => worker.drain(limitMs)))
    this.#workers.clear()
  }

  /** Begins no more runs and aborts those under way; see `Worker.stop`. */
  async stop(): Promise<void> {
    this.#isClosing = true
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop()))
    this.#workers.clear()
  }

  #add(key: K, firstPauseMs: number): void {
    const { work, onFailure, ...options } = this.#options
    const worker = new Worker({
      ...options,
      firstPauseMs,
      work: (run) => work(key, run),
      onFailure: (error: unknown, failures: number) => onFailure(key, error, failures),
      onIdle: () => {
        this.#workers.delete(key)
        void worker.stop()
      },
    })
    this.#workers.set(key, worker)
    void worker.run()
  }
}

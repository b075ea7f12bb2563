import { AsyncLocalStorage } from 'node:async_hooks'
import type { Counter, Histogram, LogPort, MetricsPort } from '@guildmesh/runtime'

/** A function among an emitter's raw listeners; Node wraps those of `once`, and shows the one inside. */
type Listener = object & { readonly name: string; readonly listener?: unknown }

export interface ListenerWatchOptions {
  /** Longest time that one listener's promise is waited for, milliseconds. */
  readonly limitMs: number
  readonly log: LogPort
  readonly metrics: MetricsPort
}

const unnamed = 'unknown'

/**
 * Calls listeners of mounted modules one by one: what one throws or rejects stays its own, how long it takes is
 * measured, and one that does not end within the limit is counted, named and no longer waited for.
 */
export class ListenerWatch {
  readonly #options: ListenerWatchOptions
  /** Which module's code is running: also long after `mount`, in what it started. */
  readonly #module = new AsyncLocalStorage<string>()
  readonly #owners = new WeakMap<object, string>()
  readonly #durations: Histogram
  readonly #timeouts: Counter
  readonly #failures: Counter

  constructor(options: ListenerWatchOptions) {
    const { metrics } = options
    this.#options = options
    this.#durations = metrics.histogram(
      'mounted_listener_duration_seconds',
      'Time until a listener of a mounted module had finished',
      ['module'],
      [0.001, 0.005, 0.02, 0.05, 0.1, 0.5, 1, 5, 15, 60],
    )
    this.#timeouts = metrics.counter(
      'mounted_listener_timeouts_total',
      'Listeners of mounted modules that did not finish within the time limit',
      ['module', 'event'],
    )
    this.#failures = metrics.counter(
      'mounted_listener_failures_total',
      'Listeners of mounted modules that threw or rejected',
      ['module', 'event'],
    )
  }

  /** Runs code of a module; listeners that it adds are known as that module's. */
  runAs<R>(module: string, body: () => R): R {
    return this.#module.run(module, body)
  }

  /** A listener was added by whichever module is running. */
  added(listener: object): void {
    const module = this.#module.getStore()
    if (module !== undefined) this.#owners.set(listener, module)
  }

  /**
   * Calls a listener. `null`: it has finished; otherwise resolves when it has, or its time is over. Never rejects.
   * `onFailure` gets what it threw or rejected with.
   */
  call(
    event: string,
    listener: Listener,
    call: () => unknown,
    onFailure: (error: unknown) => void,
  ): Promise<void> | null {
    const module = this.#ownerOf(listener)
    const startedAt = performance.now()
    const finished = () => this.#durations.observe({ module }, (performance.now() - startedAt) / 1000)
    const failed = (error: unknown) => {
      finished()
      this.#failures.inc({ module, event })
      this.#options.log.error(
        {
          event: 'mounted-listener-failed',
          err: error,
          module,
          discordEvent: event,
          listener: nameOf(listener),
        },
        'a listener of a mounted module failed',
      )
      onFailure(error)
    }
    let result: unknown
    try {
      result = this.#module.run(module, call)
    } catch (error) {
      failed(error)
      return null
    }
    if (!isThenable(result)) {
      finished()
      return null
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(() => {
      this.#timeouts.inc({ module, event })
      this.#options.log.warn(
        {
          event: 'mounted-listener-late',
          module,
          discordEvent: event,
          listener: nameOf(listener),
          limitMs: this.#options.limitMs,
        },
        'a listener of a mounted module has not finished in time; going on without it',
      )
      resolve()
    }, this.#options.limitMs)
    timer.unref()
    void Promise.resolve(result)
      .then(finished, failed)
      .finally(() => {
        clearTimeout(timer)
        resolve()
      })
    return promise
  }

  #ownerOf(listener: Listener): string {
    const inner = typeof listener.listener === 'function' ? listener.listener : listener
    return this.#owners.get(inner) ?? unnamed
  }
}

function nameOf(listener: Listener): string {
  return listener.name === '' ? 'anonymous' : listener.name.replace(/^bound /, '')
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

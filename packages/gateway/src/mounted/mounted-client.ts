import { EventEmitter } from 'node:events'
import { Client, type ClientOptions } from 'discord.js'
import type { ListenerWatch } from './listener-watch.ts'

/**
 * A discord.js client whose listeners are called one by one under a watch. discord.js emits while it handles a
 * dispatch, never later, so what the listeners of one dispatch left running is known when its handling returns.
 */
export class MountedClient extends Client {
  readonly #watch: ListenerWatch
  #running: Promise<void>[] | null = null
  #muted: ReadonlySet<string> = new Set()

  constructor(options: ClientOptions, watch: ListenerWatch) {
    super(options)
    this.#watch = watch
    this.on('newListener', (_event, listener) => {
      if (typeof listener === 'function') watch.added(listener)
    })
  }

  /** Runs the body; gives what the listeners that it reached have not finished yet. */
  listen(body: () => void): Promise<void>[] {
    const outer = this.#running
    const running: Promise<void>[] = []
    this.#running = running
    try {
      body()
    } finally {
      this.#running = outer
    }
    return running
  }

  /** Runs the body while nobody hears of these events. */
  quietly(events: readonly string[], body: () => void): void {
    const outer = this.#muted
    this.#muted = new Set([...outer, ...events])
    try {
      body()
    } finally {
      this.#muted = outer
    }
  }

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    // discord.js's constructor emits before this class has its fields.
    const isOwn = !(#watch in this) || typeof event === 'symbol' || event === 'newListener'
    if (isOwn) return EventEmitter.prototype.emit.call(this, event, ...args)
    if (this.#muted.has(event)) return false
    const listeners = this.rawListeners(event)
    for (const listener of listeners) {
      const unfinished = this.#watch.call(
        event,
        listener,
        (): unknown => Reflect.apply(listener, this, args),
        (error) => {
          // As stock discord.js does with rejections; if nobody listens for them, the log has it.
          if (event !== 'error' && this.listenerCount('error') > 0) this.emit('error', error)
        },
      )
      if (unfinished) this.#running?.push(unfinished)
    }
    return listeners.length > 0
  }
}

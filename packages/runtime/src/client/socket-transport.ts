import type { Logger } from '../observability/logger.ts'
import { MeshSocket } from './mesh-socket.ts'
import { systemTimers } from '../time/timers.ts'
import { backoffMs } from '../work/backoff.ts'
import {
  type ConnectionState,
  type MeshTransport,
  type TransportCall,
  TransportLost,
  type TransportSubscription,
} from './transport.ts'

const backoff = { firstMs: 50, maxMs: 2000, jitter: 'full' } as const

/**
 * One target behind one or more addresses, over one WebSocket at a time. Keeps it open: after a loss it tries the
 * addresses in turn, with jittered backoff; a call that finds no connection tries at once.
 */
export class SocketTransport implements MeshTransport {
  readonly #urls: readonly string[]
  readonly #target: string
  readonly #logger: Logger
  #next: number
  #socket: MeshSocket | null = null
  #opening: Promise<MeshSocket> | null = null
  #cancelRetry: (() => void) | null = null
  #failures = 0
  #closed = false

  constructor(options: { urls: readonly string[]; target: string; logger: Logger }) {
    if (options.urls.length === 0) throw new Error(`no address is given for ${options.target}`)
    this.#urls = options.urls
    this.#target = options.target
    this.#logger = options.logger
    // Clients of several replicas spread over them.
    this.#next = Math.floor(Math.random() * options.urls.length)
    this.#open().catch(() => undefined)
  }

  get state(): ConnectionState {
    if (this.#closed) return 'closed'
    return this.#socket?.isOpen ? 'open' : 'connecting'
  }

  async call(call: TransportCall, signal: AbortSignal): Promise<unknown> {
    const params = { path: call.path, input: call.input }
    const socket = await abortable(this.#connected(), signal)
    const answer = Promise.withResolvers<unknown>()
    const forget = socket.send(call.type, params, {
      onStarted: () => undefined,
      onData: (data) => {
        answer.resolve(data)
        forget()
      },
      onEnded: () => answer.reject(new TransportLost('the call ended without an answer')),
      onFailed: answer.reject,
    })
    call.onSent()
    try {
      return await abortable(answer.promise, signal)
    } finally {
      forget()
    }
  }

  async subscribe(subscription: TransportSubscription, signal: AbortSignal): Promise<void> {
    const socket = await abortable(this.#connected(), signal)
    const end = Promise.withResolvers<void>()
    const stop = socket.send(
      'subscription',
      { path: subscription.path, input: subscription.input },
      {
        onStarted: () => subscription.onStarted(),
        onData: (data) => subscription.onData(data),
        onEnded: () => end.resolve(),
        onFailed: end.reject,
      },
    )
    this.#subscriptions.add(end.reject)
    try {
      await abortable(end.promise, signal)
    } finally {
      this.#subscriptions.delete(end.reject)
      stop()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    this.#cancelRetry?.()
    const sockets = [this.#socket, await this.#opening?.catch(() => null)]
    for (const socket of sockets) socket?.close()
  }

  readonly #subscriptions = new Set<(lost: TransportLost) => void>()

  #connected(): Promise<MeshSocket> {
    if (this.#socket?.isOpen) return Promise.resolve(this.#socket)
    if (this.#closed) return Promise.reject(new TransportLost(`the client of ${this.#target} was closed`))
    return this.#open()
  }

  /** Joins the attempt under way, or makes one. */
  #open(): Promise<MeshSocket> {
    this.#cancelRetry?.()
    this.#cancelRetry = null
    this.#opening ??= this.#attempt().finally(() => {
      this.#opening = null
    })
    return this.#opening
  }

  async #attempt(): Promise<MeshSocket> {
    const url = this.#urls[this.#next % this.#urls.length] ?? ''
    const socket: MeshSocket = new MeshSocket(`${url}/trpc`, {
      onLeaveRequested: () => this.#leave(socket),
      onClosed: () => this.#lost(socket),
    })
    try {
      await socket.opened
    } catch (error) {
      this.#next += 1
      this.#failures += 1
      if (this.#failures === 1) {
        this.#logger.warn(
          { event: 'connection-failed', target: this.#target, url, err: error },
          'cannot connect; trying again',
        )
      }
      this.#openLater()
      throw error
    }
    if (this.#failures > 0) {
      this.#logger.info({ event: 'connection-restored', target: this.#target, url }, 'connected again')
    }
    this.#failures = 0
    this.#socket = socket
    if (this.#closed) socket.close()
    return socket
  }

  /** The server drains: its calls end there, its subscriptions go to the next connection. */
  #leave(socket: MeshSocket): void {
    if (this.#socket === socket) this.#socket = null
    this.#next += 1
    socket.retire()
    const lost = new TransportLost(`${this.#target} is going away`)
    for (const end of this.#subscriptions) end(lost)
    this.#openLater()
  }

  #lost(socket: MeshSocket): void {
    if (this.#socket !== socket) return
    this.#socket = null
    this.#next += 1
    this.#openLater()
  }

  #openLater(): void {
    if (this.#closed || this.#cancelRetry || this.#socket?.isOpen) return
    const waitMs = backoffMs(backoff, this.#failures + 1, Math.random())
    this.#cancelRetry = systemTimers.after(waitMs, () => {
      this.#cancelRetry = null
      if (!this.#closed) this.#open().catch(() => undefined)
    })
  }
}

/** The promise's outcome, or the signal's reason if it is aborted first. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const onAbort = () => aborted.reject(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
    aborted.promise.catch(() => undefined)
    work.catch(() => undefined)
  }
}

import type { AuthenticatorPort, CallObserver, RpcContext } from '@guildmesh/contracts'
import {
  type AnyRouter,
  callTRPCProcedure,
  getTRPCErrorFromUnknown,
  getTRPCErrorShape,
  isTrackedEnvelope,
} from '@trpc/server'
import { z } from 'zod'
import type { Logger } from '../observability/logger.ts'
import { logRpcError } from '../server/rpc-observer.ts'
import { abortable } from './socket-transport.ts'
import {
  type ConnectionState,
  type MeshTransport,
  type TransportCall,
  TransportLost,
  type TransportSubscription,
} from './transport.ts'
import { meshErrorFromWire } from './wire-error.ts'

/** A router in the same process, called as if it were behind a socket: same envelope, same checks, same failures. */
export class LocalTransport implements MeshTransport {
  readonly #router: AnyRouter
  readonly #context: RpcContext<object>
  readonly #logger: Logger
  readonly #ended = new AbortController()

  constructor(options: {
    router: AnyRouter
    implementation: object
    authenticator: AuthenticatorPort
    observe: CallObserver
    logger: Logger
  }) {
    this.#router = options.router
    this.#logger = options.logger
    this.#context = {
      port: options.implementation,
      observe: options.observe,
      transport: { kind: 'mesh', authenticator: options.authenticator },
    }
  }

  get state(): ConnectionState {
    return this.#ended.signal.aborted ? 'closed' : 'open'
  }

  async call(call: TransportCall, signal: AbortSignal): Promise<unknown> {
    if (this.state === 'closed') throw new TransportLost('the in-process client was closed')
    call.onSent()
    return copied(await abortable(this.#run(call.type, call.path, call.input, signal), signal))
  }

  async subscribe(subscription: TransportSubscription, signal: AbortSignal): Promise<void> {
    const ended = AbortSignal.any([signal, this.#ended.signal])
    if (ended.aborted) return
    const { path } = subscription
    const events = AsyncEvents.parse(await this.#run('subscription', path, subscription.input, ended))
    const iterator = events[Symbol.asyncIterator]()
    subscription.onStarted()
    try {
      for (;;) {
        const next = await abortable(iterator.next(), ended).catch((error: unknown) => {
          throw ended.aborted ? error : this.#failure(error, 'subscription', path, subscription.input)
        })
        if (next.done) return
        const { value } = next
        subscription.onData(copied(isTrackedEnvelope(value) ? { id: value[0], data: value[1] } : value))
      }
    } finally {
      // A generator that waits for its next event ends when the signal reaches it; we do not wait for that.
      iterator.return?.().catch(() => undefined)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort(new TransportLost('the in-process client was closed'))
  }

  async #run(
    type: 'query' | 'mutation' | 'subscription',
    path: string,
    input: unknown,
    signal: AbortSignal,
  ): Promise<unknown> {
    try {
      return await callTRPCProcedure({
        router: this.#router,
        path,
        type,
        signal,
        ctx: this.#context,
        getRawInput: async () => copied(input),
        batchIndex: 0,
      })
    } catch (error) {
      throw this.#failure(error, type, path, input)
    }
  }

  #failure(thrown: unknown, type: 'query' | 'mutation' | 'subscription', path: string, input: unknown) {
    const error = getTRPCErrorFromUnknown(thrown)
    logRpcError(this.#logger, error, path)
    const ctx = this.#context
    const { _config: config } = this.#router._def
    const shape: unknown = getTRPCErrorShape({
      config,
      error,
      type,
      path,
      input,
      ctx,
    })
    return meshErrorFromWire(copied(shape))
  }
}

const AsyncEvents = z.custom<AsyncIterable<unknown>>(
  (value) => typeof value === 'object' && value !== null && Symbol.asyncIterator in value,
)

/** What would arrive over a socket: the two sides never share an object. */
function copied(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}

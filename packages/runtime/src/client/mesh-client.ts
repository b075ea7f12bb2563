import { MeshError } from '@guildmesh/contracts'
import {
  createTRPCClientProxy,
  type TRPCClient,
  TRPCClientError,
  type TRPCRequestOptions,
  TRPCUntypedClient,
} from '@trpc/client'
import type { AnyRouter } from '@trpc/server'
import { readCallContext } from './call-options.ts'
import type { MeshClientOptions, MeshConnection } from './connection.ts'
import { MeshCaller } from './mesh-caller.ts'
import { runSubscription } from './mesh-subscription.ts'
import type { MeshTransport } from './transport.ts'

type SubscriptionOptions = Parameters<TRPCUntypedClient<AnyRouter>['subscription']>[2]

/**
 * tRPC's client over our own transport. Its links are not used: they turn every error into a `TRPCClientError`, and
 * know neither deadlines nor whether a request was sent.
 */
class MeshUntypedClient<R extends AnyRouter> extends TRPCUntypedClient<R> {
  readonly #caller: MeshCaller
  readonly #transport: MeshTransport

  constructor(caller: MeshCaller, transport: MeshTransport) {
    super({ links: [] })
    this.#caller = caller
    this.#transport = transport
  }

  override query(path: string, input?: unknown, options?: TRPCRequestOptions): Promise<unknown> {
    return this.#call('query', path, input, options)
  }

  override mutation(path: string, input?: unknown, options?: TRPCRequestOptions): Promise<unknown> {
    return this.#call('mutation', path, input, options)
  }

  override subscription(path: string, input: unknown, options: SubscriptionOptions): { unsubscribe(): void } {
    const stop = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
    const { traceparent } = readCallContext(options.context)
    void this.#follow({ path, input, traceparent, signal }, options)
    return { unsubscribe: () => stop.abort() }
  }

  /** Never rejects: its observer learns how the subscription ended. */
  async #follow(
    subscription: Parameters<typeof runSubscription>[2],
    options: SubscriptionOptions,
  ): Promise<void> {
    try {
      await runSubscription(this.#caller, this.#transport, subscription, {
        onStarted: () => options.onStarted?.({ context: options.context }),
        onData: (event) => options.onData?.(event),
        onConnected: (connected) =>
          options.onConnectionStateChange?.(
            connected
              ? { type: 'state', state: 'pending', error: null }
              : { type: 'state', state: 'connecting', error: new TRPCClientError('the connection was lost') },
          ),
      })
    } catch (error) {
      return options.onError?.(asClientError(error))
    }
    options.onStopped?.()
    options.onComplete?.()
  }

  #call(
    type: 'query' | 'mutation',
    path: string,
    input: unknown,
    options: TRPCRequestOptions | undefined,
  ): Promise<unknown> {
    const context = readCallContext(options?.context)
    return this.#caller.call({ type, path, input, signal: options?.signal, context })
  }
}

/** A subscription's error is a MeshError that can also be read as tRPC's own type promises. */
function asClientError(error: unknown): MeshError & TRPCClientError<AnyRouter> {
  const meshError =
    error instanceof MeshError
      ? error
      : new MeshError({ kind: 'Internal', errorId: 'subscription' }, { cause: error })
  const { failure, cause } = meshError
  return Object.assign(meshError, { cause, shape: undefined, data: { failure }, meta: undefined })
}

/** A typed connection over any transport. */
export function connectOver<R extends AnyRouter>(
  options: MeshClientOptions & { router: R; audience: string },
  transport: MeshTransport,
): MeshConnection<R> {
  const caller = new MeshCaller({ ...options, transport })
  const client: TRPCClient<R> = createTRPCClientProxy(new MeshUntypedClient<R>(caller, transport))
  return {
    client,
    get state() {
      return transport.state
    },
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  }
}

import type { Caller, RpcContext } from '@guildmesh/contracts'
import type { AnyRouter } from '@trpc/server'
import { type CreateFastifyContextOptions, fastifyTRPCPlugin } from '@trpc/server/adapters/fastify'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Logger } from '../observability/logger.ts'
import type { Metrics } from '../observability/metrics.ts'
import { createCallObserver, logRpcError } from './rpc-observer.ts'

export interface BrowserRpcOptions {
  /** Where it is served, for example `/trpc`. */
  readonly prefix: string
  readonly router: AnyRouter
  readonly implementation: object
  /** Who calls, from cookie or header. @throws MeshError Unauthenticated */
  identify(request: FastifyRequest): Promise<Caller>
  readonly logger: Logger
  readonly metrics: Metrics
}

/**
 * Serves a router over HTTP (batches, streamed answers, server-sent events) on an existing Fastify. The plugin
 * replaces body parsers, in its own scope only: raw bodies of sibling routes stay raw.
 */
export async function mountBrowserRpc(fastify: FastifyInstance, options: BrowserRpcOptions): Promise<void> {
  const observe = createCallObserver(options.metrics)
  const createContext = async ({ req }: CreateFastifyContextOptions): Promise<RpcContext<object>> => {
    const { traceparent } = req.headers
    return {
      port: options.implementation,
      observe,
      transport: {
        kind: 'http',
        caller: await options.identify(req),
        traceparent: typeof traceparent === 'string' ? traceparent : null,
      },
    }
  }
  await fastify.register(fastifyTRPCPlugin<AnyRouter>, {
    prefix: options.prefix,
    trpcOptions: {
      router: options.router,
      createContext,
      onError: ({ error, path }) => logRpcError(options.logger, error, path),
    },
  })
}

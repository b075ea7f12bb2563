import type { AuthenticatorPort } from '@guildmesh/contracts'
import type { AnyRouter } from '@trpc/server'
import { createCallObserver } from '../server/rpc-observer.ts'
import type { MeshClientOptions, MeshConnection } from './connection.ts'
import { LocalTransport } from './local-transport.ts'
import { connectOver } from './mesh-client.ts'
import { SocketTransport } from './socket-transport.ts'

/**
 * A typed client of one target over one reused WebSocket. Connects by itself and reconnects; every call carries a
 * token, the rest of its budget, and its trace. Idempotent calls are retried within the deadline.
 * @param options.urls `ws://host:port` of each replica; tried in turn
 */
export function connectMesh<R extends AnyRouter>(
  options: MeshClientOptions & { router: R; audience: string; urls: readonly string[] },
): MeshConnection<R> {
  const { urls, audience, logger } = options
  return connectOver(options, new SocketTransport({ urls, target: audience, logger }))
}

/** The same client over a router in this process (SERVICE_MODE=monolith): same envelope, same checks, same failures. */
export function connectInProcess<R extends AnyRouter>(
  options: MeshClientOptions & {
    router: R
    audience: string
    implementation: object
    authenticator: AuthenticatorPort
  },
): MeshConnection<R> {
  const observe = createCallObserver(options.metrics)
  return connectOver(options, new LocalTransport({ ...options, observe }))
}

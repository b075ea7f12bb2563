import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { AuthenticatorPort, CallObserver, RpcContext } from '@guildmesh/contracts'
import type { AnyRouter } from '@trpc/server'
import { applyWSSHandler } from '@trpc/server/adapters/ws'
import Fastify, { type FastifyInstance } from 'fastify'
import { WebSocketServer } from 'ws'
import type { Logger } from '../observability/logger.ts'
import type { Metrics } from '../observability/metrics.ts'
import { listenError, portOf } from './listen.ts'
import { maxMeshMessageBytes } from './mesh-limits.ts'
import { RunningCalls } from './running-calls.ts'
import { createCallObserver, logRpcError } from './rpc-observer.ts'

/** The one path on which the mesh's WebSocket is served. */
export const meshPath = '/trpc'
const httpBodyLimitBytes = 512 * 1024
const pingEveryMs = 5000
const pongWaitMs = 5000

export interface MeshServerOptions<P extends object> {
  readonly host: string
  /** 0: the system chooses. */
  readonly port: number
  readonly router: AnyRouter
  /** What answers the router's procedures. */
  readonly implementation: P
  readonly authenticator: AuthenticatorPort
  readonly logger: Logger
  readonly metrics: Metrics
  /** Adds plain HTTP routes on the same port. */
  readonly register?: (fastify: FastifyInstance) => Promise<void>
}

export interface MeshServer extends AsyncDisposable {
  readonly port: number
  /** `ws://host:port`: the address to register, if others reach this process by `host`. */
  readonly url: string
  /** Asks clients to reconnect elsewhere, accepts no new connection, and resolves when no call is running. */
  drain(): Promise<void>
  close(): Promise<void>
}

/**
 * Serves a router over WebSocket for the mesh. Every call identifies its caller by the token in its envelope; nothing
 * is trusted because of the connection it came over.
 * @throws PortInUseError
 */
export async function startMeshServer<P extends object>(options: MeshServerOptions<P>): Promise<MeshServer> {
  const { host, router, logger } = options
  const fastify = Fastify({ bodyLimit: httpBodyLimitBytes, routerOptions: { maxParamLength: 5000 } })
  await options.register?.(fastify)
  const running = new RunningCalls()
  const wss = new WebSocketServer({
    noServer: true,
    maxPayload: maxMeshMessageBytes,
    perMessageDeflate: false,
  })
  const context: RpcContext<P> = {
    port: options.implementation,
    observe: both(createCallObserver(options.metrics), running.observe),
    transport: { kind: 'mesh', authenticator: options.authenticator },
  }
  const handler = applyWSSHandler({
    wss,
    router,
    createContext: () => context,
    keepAlive: { enabled: true, pingMs: pingEveryMs, pongWaitMs },
    onError: ({ error, path }) => logRpcError(logger, error, path),
  })
  let draining = false
  fastify.server.on('upgrade', (request, socket, head) => {
    const refusal = refuseUpgrade(request, draining)
    if (refusal) return endUpgrade(socket, refusal)
    wss.handleUpgrade(request, socket, head, (client) => wss.emit('connection', client, request))
  })
  try {
    await fastify.listen({ host, port: options.port })
  } catch (error) {
    await fastify.close()
    throw listenError(error, { host, port: options.port, variable: 'PORT' })
  }
  const port = portOf(fastify.server)
  const close = async () => {
    draining = true
    for (const client of wss.clients) client.terminate()
    wss.close()
    await fastify.close()
  }
  return {
    port,
    url: `ws://${host.includes(':') ? `[${host}]` : host}:${port}`,
    async drain() {
      draining = true
      handler.broadcastReconnectNotification()
      await running.none()
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** The HTTP status line with which an upgrade is refused. Browsers send an Origin; nothing in the mesh does. */
function refuseUpgrade(request: IncomingMessage, draining: boolean): string | null {
  if (draining) return '503 Service Unavailable'
  if (request.headers.origin !== undefined) return '403 Forbidden'
  const path = new URL(request.url ?? '/', 'http://mesh').pathname
  return path === meshPath ? null : '404 Not Found'
}

function endUpgrade(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function both(first: CallObserver, second: CallObserver): CallObserver {
  return (call) => {
    const ends = [first(call), second(call)]
    return (failure) => {
      for (const end of ends) end(failure)
    }
  }
}

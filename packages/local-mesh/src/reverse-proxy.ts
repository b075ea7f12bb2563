import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type RequestOptions,
  type ServerResponse,
} from 'node:http'
import { connect, type Socket } from 'node:net'

/** Headers that belong to one connection, not to the message (RFC 9110, 7.6.1). */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
/** What the proxy states itself: a client could claim anything. */
const forwarded = new Set([
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
])

/** A running reverse proxy. */
export interface ReverseProxy extends AsyncDisposable {
  readonly port: number
}

export interface ReverseProxyOptions {
  readonly host: string
  /** 0: the system chooses. */
  readonly port: number
  /** Ports of the edges on 127.0.0.1. */
  readonly edges: readonly number[]
}

/**
 * Shares HTTP requests among the edges, in turn, as the ingress of a cluster would: bytes pass unread in both
 * directions, so signatures, streams and server-sent events stay as they are. A request goes to another edge only if
 * the first one refused the connection, that is, before a byte of it was sent.
 */
export async function startReverseProxy({ host, port, edges }: ReverseProxyOptions): Promise<ReverseProxy> {
  let turn = 0
  const server = createServer({ requestTimeout: 0 }, (request, response) => {
    const order = edges.map((_, index) => edges[(turn + index) % edges.length] ?? 0)
    turn = (turn + 1) % Math.max(edges.length, 1)
    void forward(request, response, order)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the reverse proxy has no TCP address')
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

async function forward(request: IncomingMessage, response: ServerResponse, edges: readonly number[]) {
  const socket = await connectToFirst(edges)
  if (socket === null) {
    request.resume()
    response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8', 'retry-after': '1' })
    response.end('No edge is available. The launcher restarts edges that stop; try again in a moment.\n')
    return
  }
  if (response.destroyed) {
    socket.destroy()
    return
  }
  const options: RequestOptions = {
    createConnection: () => socket,
    method: request.method,
    path: request.url,
    headers: onwardHeaders(request),
    setHost: false,
  }
  const upstream = httpRequest(options)
  upstream.on('response', (answer) => {
    response.sendDate = false
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, withoutHopByHop(answer.rawHeaders))
    response.flushHeaders()
    answer.on('error', () => response.destroy())
    answer.pipe(response)
  })
  upstream.on('error', () => {
    if (response.headersSent) response.destroy()
    else {
      response.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' })
      response.end('The edge stopped while it answered. It is not known whether it acted on the request.\n')
    }
  })
  response.on('close', () => upstream.destroy())
  request.pipe(upstream)
}

/** A connection to the first edge that accepts one; `null` if none does. */
async function connectToFirst(edges: readonly number[]): Promise<Socket | null> {
  for (const port of edges) {
    const socket = await new Promise<Socket | null>((resolve) => {
      const candidate = connect({ host: '127.0.0.1', port, noDelay: true })
      candidate.once('connect', () => resolve(candidate))
      candidate.once('error', () => resolve(null))
    })
    if (socket !== null) return socket
  }
  return null
}

function onwardHeaders(request: IncomingMessage): string[] {
  const kept = withoutHopByHop(request.rawHeaders)
  const headers: string[] = []
  for (let at = 0; at < kept.length; at += 2) {
    const name = kept[at] ?? ''
    if (!forwarded.has(name.toLowerCase())) headers.push(name, kept[at + 1] ?? '')
  }
  headers.push('X-Forwarded-For', request.socket.remoteAddress ?? '127.0.0.1')
  headers.push('X-Forwarded-Proto', 'http')
  if (request.headers.host !== undefined) headers.push('X-Forwarded-Host', request.headers.host)
  headers.push('Connection', 'close')
  // A body of unknown length is chunked again; without either header it would be taken for no body.
  if (request.headers['transfer-encoding'] !== undefined) headers.push('Transfer-Encoding', 'chunked')
  return headers
}

/** Raw headers, `[name, value, …]`, without those of the connection they came over. */
function withoutHopByHop(rawHeaders: readonly string[]): string[] {
  const headers: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? ''
    if (!hopByHop.has(name.toLowerCase())) headers.push(name, rawHeaders[at + 1] ?? '')
  }
  return headers
}

import { MeshError } from '@guildmesh/contracts'
import { z } from 'zod'
import { type RawData, WebSocket } from 'ws'
import { maxMeshMessageBytes } from '../server/mesh-limits.ts'
import { TransportLost } from './transport.ts'
import { meshErrorFromWire } from './wire-error.ts'

/** Largest answer that is accepted. */
const maxAnswerBytes = 32 * 1024 * 1024
const handshakeTimeoutMs = 2000
/** How often the silence of the other side is checked. */
const silenceTickMs = 500
/** After so many silent checks a PING is sent. */
const ticksBeforePing = 2
/** After so many, the connection counts as lost. Checks are counted, not time: a stall of this process is no silence. */
const ticksBeforeLost = 6

/** Receives what comes in for one request. Exactly one of `onEnded` and `onFailed` is called, once. */
export interface ResponseHandler {
  onStarted(): void
  onData(data: unknown): void
  onEnded(): void
  onFailed(error: unknown): void
}

export interface MeshSocketEvents {
  /** The other side is about to shut down: it asks clients to reconnect elsewhere, and still answers open requests. */
  onLeaveRequested(): void
  onClosed(): void
}

/**
 * One WebSocket to a mesh server, from opening to closing; it never reconnects. Speaks tRPC's WebSocket protocol.
 * tRPC's own client is not used: after a reconnect it repeats requests that may already have taken effect, with their
 * first tokens and budgets, and it does not tell whether a failed request was sent.
 */
export class MeshSocket {
  /** Resolves when requests can be sent. @throws TransportLost */
  readonly opened: Promise<void>
  readonly #ws: WebSocket
  readonly #requests = new Map<number, ResponseHandler>()
  readonly #events: MeshSocketEvents
  #lastId = 0
  #silentTicks = 0
  #retired = false
  #closed = false

  constructor(url: string, events: MeshSocketEvents) {
    this.#events = events
    this.#ws = new WebSocket(url, {
      maxPayload: maxAnswerBytes,
      handshakeTimeout: handshakeTimeoutMs,
      perMessageDeflate: false,
      followRedirects: false,
    })
    let cause: unknown
    const opened = Promise.withResolvers<void>()
    this.opened = opened.promise
    this.opened.catch(() => undefined)
    const silence = setInterval(() => this.#watchSilence(), silenceTickMs)
    silence.unref()
    this.#ws.on('open', () => opened.resolve())
    this.#ws.on('error', (error) => {
      cause = error
    })
    this.#ws.on('message', (data) => this.#receive(textOf(data)))
    this.#ws.on('close', (code) => {
      clearInterval(silence)
      this.#closed = true
      const why = cause instanceof Error ? cause.message : `closed with code ${code}`
      const lost = new TransportLost(`the connection to ${url} was lost: ${why}`, { cause })
      opened.reject(lost)
      const requests = [...this.#requests.values()]
      this.#requests.clear()
      for (const request of requests) request.onFailed(lost)
      events.onClosed()
    })
  }

  /** Whether a request can be sent now. */
  get isOpen(): boolean {
    return this.#ws.readyState === WebSocket.OPEN && !this.#retired
  }

  /**
   * Sends a request.
   * @returns stops listening to it; a subscription is also ended at the other side
   * @throws MeshError PayloadTooLarge; TransportLost if the connection has just closed. Nothing was sent then.
   */
  send(method: 'query' | 'mutation' | 'subscription', params: object, handler: ResponseHandler): () => void {
    if (this.#ws.readyState !== WebSocket.OPEN) throw new TransportLost('the connection was closed')
    const id = ++this.#lastId
    const text = JSON.stringify({ id, method, params })
    if (Buffer.byteLength(text) > maxMeshMessageBytes) {
      throw new MeshError({ kind: 'PayloadTooLarge', limitBytes: maxMeshMessageBytes })
    }
    this.#requests.set(id, handler)
    this.#ws.send(text)
    return () => {
      if (!this.#requests.delete(id)) return
      if (method === 'subscription' && this.#ws.readyState === WebSocket.OPEN) {
        this.#ws.send(JSON.stringify({ id, method: 'subscription.stop' }))
      }
      this.#closeWhenDone()
    }
  }

  /** Takes no new requests; closes when the ones under way have ended. */
  retire(): void {
    this.#retired = true
    this.#closeWhenDone()
  }

  /** Ends at once; what is under way fails. */
  close(): void {
    this.#retired = true
    this.#ws.close(1000)
    // A peer that does not answer the closing handshake must not delay the process's exit.
    setTimeout(() => this.#ws.terminate(), 250).unref()
  }

  #closeWhenDone(): void {
    if (this.#retired && this.#requests.size === 0 && !this.#closed) this.#ws.close(1000)
  }

  #watchSilence(): void {
    if (this.#ws.readyState !== WebSocket.OPEN) return
    this.#silentTicks += 1
    if (this.#silentTicks === ticksBeforePing) this.#ws.send('PING')
    if (this.#silentTicks >= ticksBeforeLost) this.#ws.terminate()
  }

  #receive(text: string): void {
    this.#silentTicks = 0
    if (text === 'PONG') return
    if (text === 'PING') return this.#ws.send('PONG')
    const message = parseMessage(text)
    if (!message) return this.#ws.terminate()
    if (message.method === 'reconnect') return this.#events.onLeaveRequested()
    const handler = typeof message.id === 'number' ? this.#requests.get(message.id) : undefined
    if (!handler || typeof message.id !== 'number') return
    if (message.error !== undefined) {
      this.#finish(message.id)
      return handler.onFailed(meshErrorFromWire(message.error))
    }
    const { type = 'data', data } = message.result ?? {}
    if (type === 'started') return handler.onStarted()
    if (type === 'data') return handler.onData(data)
    this.#finish(message.id)
    handler.onEnded()
  }

  #finish(id: number): void {
    this.#requests.delete(id)
    this.#closeWhenDone()
  }
}

/** The parts of a server's message that are read. The caller parses the data in it, because it knows the schema. */
const ServerMessage = z.object({
  id: z.union([z.number(), z.string(), z.null()]).optional(),
  method: z.string().optional(),
  error: z.unknown().optional(),
  result: z
    .object({ type: z.enum(['started', 'data', 'stopped']).optional(), data: z.unknown().optional() })
    .optional(),
})

function parseMessage(text: string): z.infer<typeof ServerMessage> | null {
  try {
    return ServerMessage.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8')
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8')
}

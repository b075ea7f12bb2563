import { type RawData, WebSocket } from 'ws'
import { InflateStream } from './inflate-stream.ts'

export interface ShardSocketHandlers {
  /** One whole message of Discord, as text. */
  readonly onMessage: (text: string) => void
  /** The socket ended, or could not be opened (1006). Called once at the most, and never after `leave`. */
  readonly onClose: (code: number) => void
}

/** A WebSocket to the discord gateway. */
export interface ShardSocket {
  send(text: string): void
  /** Stops reading: the kernel's buffers fill and Discord waits. */
  pause(): void
  resume(): void
  /** Closes without listening any further; resolves when the socket is gone. */
  leave(code: number, reason: string): Promise<void>
}

export type OpenShardSocket = (url: string, handlers: ShardSocketHandlers) => ShardSocket

/** How long the other end may take to answer our close frame. */
const closePatienceMs = 1000
/** A GUILD_CREATE of the largest guilds has tens of megabytes. */
const maxMessageBytes = 128 * 1024 * 1024

export interface ShardSocketOptions {
  readonly compression: 'none' | 'zlib-stream'
}

/** Opens sockets with version 10 of Discord's protocol and JSON. */
export function shardSockets({ compression }: ShardSocketOptions): OpenShardSocket {
  return (base, handlers) => {
    const url = new URL(base)
    url.search = compression === 'none' ? '?v=10&encoding=json' : '?v=10&encoding=json&compress=zlib-stream'
    return new DiscordSocket(url, compression, handlers)
  }
}

class DiscordSocket implements ShardSocket {
  readonly #handlers: ShardSocketHandlers
  readonly #socket: WebSocket
  readonly #inflate: InflateStream | null
  readonly #gone = Promise.withResolvers<void>()
  #hasLeft = false

  constructor(url: URL, compression: ShardSocketOptions['compression'], handlers: ShardSocketHandlers) {
    this.#handlers = handlers
    this.#socket = new WebSocket(url, {
      perMessageDeflate: false,
      handshakeTimeout: 5000,
      maxPayload: maxMessageBytes,
    })
    this.#inflate =
      compression === 'none'
        ? null
        : new InflateStream(
            (text) => this.#hear(text),
            () => this.#socket.close(4002, 'broken compression'),
          )
    this.#socket.on('message', (data, isBinary) => this.#receive(data, isBinary))
    // 'close' always follows 'error', with code 1006.
    this.#socket.on('error', () => {})
    this.#socket.on('close', (code) => this.#closed(code))
  }

  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  async leave(code: number, reason: string): Promise<void> {
    this.#hasLeft = true
    if (this.#socket.isPaused) this.#socket.resume()
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate()
    else this.#socket.close(code, reason)
    const timer = setTimeout(() => this.#socket.terminate(), closePatienceMs)
    await this.#gone.promise
    clearTimeout(timer)
  }

  #receive(data: RawData, isBinary: boolean): void {
    const bytes = bytesOf(data)
    if (this.#inflate && isBinary) this.#inflate.push(bytes)
    else this.#hear(bytes.toString('utf8'))
  }

  #hear(text: string): void {
    if (!this.#hasLeft) this.#handlers.onMessage(text)
  }

  #closed(code: number): void {
    this.#inflate?.close()
    this.#gone.resolve()
    if (!this.#hasLeft) this.#handlers.onClose(code)
    this.#hasLeft = true
  }
}

function bytesOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)
}

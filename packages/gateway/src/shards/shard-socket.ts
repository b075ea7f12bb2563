import { WebSocket } from 'ws'
import { InflateStream } from './inflate-stream.ts'

export interface ShardSocketHandlers {
  /** One whole gateway message, as text. Its size is in bytes of that text. */
  readonly onMessage: (text: string) => void
  /** The socket ended, or could not be opened (1006). Called once at the most, and never after `leave`. */
  readonly onClose: (code: number) => void
}

/** A WebSocket to Discord's gateway. */
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

/** Opens sockets with gateway version 10 and JSON. */
export function shardSockets({ compression }: ShardSocketOptions): OpenShardSocket {
  return (base, handlers) => {
    const url = new URL(base)
    url.search = compression === 'none' ? '?v=10&encoding=json' : '?v=10&encoding=json&compress=zlib-stream'
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      handshakeTimeout: 5000,
      maxPayload: maxMessageBytes,
    })
    let left = false
    const hear = (text: string) => {
      if (!left) handlers.onMessage(text)
    }
    const inflate =
      compression === 'none' ? null : new InflateStream(hear, () => socket.close(4002, 'broken compression'))
    socket.on('message', (data, isBinary) => {
      const bytes = Buffer.isBuffer(data)
        ? data
        : Array.isArray(data)
          ? Buffer.concat(data)
          : Buffer.from(data)
      if (inflate && isBinary) inflate.push(bytes)
      else hear(bytes.toString('utf8'))
    })
    // 'close' always follows 'error', with code 1006.
    socket.on('error', () => {})
    const gone = new Promise<void>((resolve) => {
      socket.on('close', (code) => {
        inflate?.close()
        resolve()
        if (!left) handlers.onClose(code)
        left = true
      })
    })
    return {
      send(text) {
        if (socket.readyState === WebSocket.OPEN) socket.send(text)
      },
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      async leave(code, reason) {
        left = true
        if (socket.isPaused) socket.resume()
        if (socket.readyState === WebSocket.CONNECTING) socket.terminate()
        else socket.close(code, reason)
        const timer = setTimeout(() => socket.terminate(), closePatienceMs)
        await gone
        clearTimeout(timer)
      },
    }
  }
}

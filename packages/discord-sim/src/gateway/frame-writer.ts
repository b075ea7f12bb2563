import { constants, createDeflate, deflateSync } from 'node:zlib'
import type { Deflate } from 'node:zlib'
import type { WebSocket } from 'ws'

export type Compression = 'none' | 'zlib-stream' | 'payload'

const syncFlushMarker = Buffer.from([0x00, 0x00, 0xff, 0xff])

/** Writes JSON frames to one socket in the compression that the client asked for, in order. */
export class FrameWriter {
  readonly #socket: WebSocket
  #compression: Compression
  #deflate: Deflate | null = null
  #chunks: Buffer[] = []
  /** Messages that the compressor has not given back yet. */
  #compressing = 0
  #whenWritten: (() => void)[] = []

  constructor(socket: WebSocket, compression: Compression) {
    this.#socket = socket
    this.#compression = compression
    if (compression === 'zlib-stream') this.#openStream()
  }

  /** `compress: true` inside IDENTIFY: from now on each payload is compressed on its own. */
  compressPayloads(): void {
    if (this.#compression === 'none') this.#compression = 'payload'
  }

  /** Bytes accepted but not yet handed to the network. */
  get backlog(): number {
    return this.#socket.bufferedAmount + (this.#deflate?.writableLength ?? 0)
  }

  write(json: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (this.#compression === 'none') this.#socket.send(json)
    else if (this.#compression === 'payload') this.#socket.send(deflateSync(json))
    else {
      this.#compressing += 1
      this.#deflate?.write(json)
      this.#deflate?.flush(constants.Z_SYNC_FLUSH)
    }
  }

  /** Calls back once everything written so far has been handed to the socket: at once, or after the compressor. */
  whenWritten(run: () => void): void {
    if (this.#compressing === 0) run()
    else this.#whenWritten.push(run)
  }

  dispose(): void {
    this.#deflate?.destroy()
  }

  #compressed(): void {
    this.#compressing -= 1
    if (this.#compressing > 0) return
    for (const run of this.#whenWritten.splice(0)) run()
  }

  /** One deflate context for the whole connection; each message ends with a sync flush. */
  #openStream(): void {
    this.#deflate = createDeflate({ level: 3 })
    this.#deflate.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      if (chunk.length < 4 || !chunk.subarray(-4).equals(syncFlushMarker)) return
      const message = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
      this.#chunks = []
      if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(message)
      this.#compressed()
    })
    this.#deflate.on('error', () => this.#socket.terminate())
  }
}

import { constants, createInflate, type Inflate } from 'node:zlib'

const flushMarker = Buffer.from([0x00, 0x00, 0xff, 0xff])

/**
 * Discord's `zlib-stream` transport: one deflate stream over the whole connection, in which a message is complete
 * when the bytes end in a flush marker. Messages come out in the order in which their bytes went in.
 * Source: https://discord.com/developers/docs/events/gateway#transport-compression
 */
export class InflateStream {
  readonly #inflate: Inflate
  readonly #chunks: Buffer[] = []
  readonly #onMessage: (text: string) => void

  constructor(onMessage: (text: string) => void, onError: (error: Error) => void) {
    this.#onMessage = onMessage
    this.#inflate = createInflate({ flush: constants.Z_SYNC_FLUSH })
    this.#inflate.on('data', (chunk: Buffer) => this.#chunks.push(chunk))
    this.#inflate.on('error', onError)
  }

  push(bytes: Buffer): void {
    const complete = bytes.subarray(-4).equals(flushMarker)
    this.#inflate.write(bytes, () => {
      if (!complete) return
      const text = Buffer.concat(this.#chunks.splice(0)).toString('utf8')
      if (text !== '') this.#onMessage(text)
    })
  }

  close(): void {
    this.#inflate.removeAllListeners('data')
    this.#inflate.destroy()
  }
}

import { constants, createInflate } from 'node:zlib'
import { WebSocket } from 'ws'
import { z } from 'zod'

export interface GatewayFrame {
  op: number
  t: string | null
  s: number | null
  d: Record<string, unknown> | null | boolean | number
}

/** A gateway client without opinions: it sends what it is told and keeps what it gets. */
export class RawGateway implements Disposable {
  readonly frames: GatewayFrame[] = []
  readonly socket: WebSocket
  closeCode: number | null = null
  readonly #waiting = new Set<() => void>()

  private constructor(socket: WebSocket, compressed: boolean) {
    this.socket = socket
    const take = (text: string) => {
      this.frames.push(JSON.parse(text) as GatewayFrame)
      for (const wake of this.#waiting) wake()
    }
    const closed = (code: number) => {
      this.closeCode = code
      for (const wake of this.#waiting) wake()
    }
    if (compressed) {
      const inflate = createInflate({ flush: constants.Z_SYNC_FLUSH })
      let pending = ''
      inflate.on('data', (chunk: Buffer) => {
        pending += chunk.toString('utf8')
        try {
          JSON.parse(pending)
        } catch {
          return
        }
        take(pending)
        pending = ''
      })
      socket.on('message', (data) => inflate.write(data))
      // What came before the close is decompressed first.
      socket.on('close', (code) => inflate.flush(() => closed(code)))
    } else {
      socket.on('message', (data) => take((data as Buffer).toString('utf8')))
      socket.on('close', closed)
    }
    socket.on('error', () => undefined)
  }

  /** Connects and waits for HELLO, or for the close where the server refuses. */
  static async connect(url: string, query = 'v=10&encoding=json'): Promise<RawGateway> {
    const gateway = new RawGateway(new WebSocket(`${url}/?${query}`), query.includes('compress=zlib-stream'))
    await gateway.until(() => gateway.frames.length > 0 || gateway.closeCode !== null)
    return gateway
  }

  send(op: number, d: unknown): void {
    this.socket.send(JSON.stringify({ op, d }))
  }

  identify(
    token: string,
    options: { intents?: number; shard?: [number, number]; [key: string]: unknown } = {},
  ): void {
    const { intents = allIntents, ...rest } = options
    this.send(2, { token, intents, properties: { os: 'linux', browser: 'test', device: 'test' }, ...rest })
  }

  /** Identifies and waits for READY. */
  async ready(token: string, options: Parameters<RawGateway['identify']>[1] = {}): Promise<Ready> {
    this.identify(token, options)
    return Ready.parse((await this.dispatch('READY')).d)
  }

  /** The first dispatch of that name, present or to come. */
  async dispatch(name: string): Promise<GatewayFrame> {
    return this.frame((frame) => frame.t === name)
  }

  async frame(fits: (frame: GatewayFrame) => boolean): Promise<GatewayFrame> {
    await this.until(() => this.frames.some(fits) || this.closeCode !== null)
    const found = this.frames.find(fits)
    if (!found) throw new Error(`closed with ${this.closeCode} before the frame came`)
    return found
  }

  async closed(): Promise<number> {
    await this.until(() => this.closeCode !== null)
    return this.closeCode ?? 0
  }

  dispatches(name?: string): GatewayFrame[] {
    return this.frames.filter((frame) => frame.op === 0 && (name === undefined || frame.t === name))
  }

  get lastSeq(): number {
    return Math.max(0, ...this.frames.map((frame) => frame.s ?? 0))
  }

  async until(condition: () => boolean): Promise<void> {
    if (condition()) return
    await new Promise<void>((resolve) => {
      const wake = () => {
        if (!condition()) return
        this.#waiting.delete(wake)
        resolve()
      }
      this.#waiting.add(wake)
    })
  }

  [Symbol.dispose](): void {
    this.socket.terminate()
  }
}

const Ready = z.object({
  session_id: z.string(),
  resume_gateway_url: z.string(),
  guilds: z.array(z.object({ id: z.string(), unavailable: z.boolean() })),
  shard: z.tuple([z.int(), z.int()]),
})
export type Ready = z.infer<typeof Ready>

/** Every intent there is. */
export const allIntents = 53_608_447

import { once } from 'node:events'
import { WebSocket } from 'ws'

/** The inspector of a Node process, for what nobody can see from outside: a collected heap, and CPU profiles. */
export class Inspector implements Disposable {
  readonly #socket: WebSocket
  readonly #waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>()
  #last = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.on('message', (data: Buffer) => {
      const answer: { id?: number; result?: Record<string, unknown>; error?: { message: string } } =
        JSON.parse(data.toString('utf8'))
      const waiting = this.#waiting.get(answer.id ?? 0)
      if (answer.error) waiting?.reject(new Error(answer.error.message))
      else waiting?.resolve(answer.result ?? {})
    })
    socket.on('close', () => {
      for (const waiting of this.#waiting.values()) waiting.reject(new Error('the inspector closed'))
    })
  }

  static async connect(url: string): Promise<Inspector> {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    await once(socket, 'open')
    return new Inspector(socket)
  }

  async call(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#last
    const waiting = Promise.withResolvers<Record<string, unknown>>()
    this.#waiting.set(id, waiting)
    this.#socket.send(JSON.stringify({ id, method, params }))
    return waiting.promise.finally(() => this.#waiting.delete(id))
  }

  /** Makes V8 free everything that nothing refers to. */
  async collectGarbage(): Promise<void> {
    await this.call('HeapProfiler.enable')
    await this.call('HeapProfiler.collectGarbage')
    await this.call('HeapProfiler.collectGarbage')
    await this.call('HeapProfiler.disable')
  }

  [Symbol.dispose](): void {
    this.#socket.terminate()
  }
}

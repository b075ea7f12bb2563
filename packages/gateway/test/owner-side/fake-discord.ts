import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as Discord received it. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly body: Record<string, unknown>
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** A Discord REST API on loopback whose answers the test decides; remembers what it was asked. */
export class FakeDiscord implements AsyncDisposable {
  readonly received: Received[] = []
  readonly #server
  /** Decides each answer; may wait. */
  answer: (request: Received) => Answer | Promise<Answer> = () => ({ status: 200, body: {} })

  private constructor() {
    this.#server = createServer((request, response) => {
      void (async () => {
        const chunks: Buffer[] = []
        for await (const chunk of request) chunks.push(Buffer.from(chunk))
        const text = Buffer.concat(chunks).toString()
        const received = {
          method: request.method ?? '',
          path: (request.url ?? '').replace('/api/v10', ''),
          body: text === '' ? {} : JSON.parse(text),
        }
        this.received.push(received)
        const { status, headers, body } = await this.answer(received)
        response.writeHead(status, { 'content-type': 'application/json', ...headers })
        response.end(status === 204 ? undefined : JSON.stringify(body ?? {}))
      })()
    })
  }

  static async listen(): Promise<FakeDiscord> {
    const discord = new FakeDiscord()
    discord.#server.listen(0, '127.0.0.1')
    await once(discord.#server, 'listening')
    return discord
  }

  get baseUrl(): string {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a listening TCP server has an AddressInfo
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

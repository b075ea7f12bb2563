import { createPublicKey, verify } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface EndpointReply {
  status: number
  body?: unknown
}

export interface ReceivedInteraction {
  id: string
  token: string
  type: number
  [key: string]: unknown
}

type Handler = (interaction: ReceivedInteraction) => EndpointReply | Promise<EndpointReply>

/** An application's interactions endpoint: verifies signatures, answers PING, leaves the rest to a handler. */
export class AppEndpoint implements AsyncDisposable {
  readonly received: ReceivedInteraction[] = []
  /** What badly signed requests are answered; Discord demands 401. */
  badSignatureStatus = 401
  /** Interactions of type 1 are PINGs; of webhook events, that is every other type. */
  answersPings = true
  handler: Handler = () => ({ status: 200, body: { type: 4, data: { content: 'ok' } } })
  readonly #server = createServer((request, response) => void this.#serve(request, response))
  readonly #key
  url = ''

  constructor(publicKey: string) {
    const spki = Buffer.concat([
      Buffer.from('302a300506032b6570032100', 'hex'),
      Buffer.from(publicKey, 'hex'),
    ])
    this.#key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/interactions`
    return this
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const reply = await this.#answer(request, body)
    response.writeHead(reply.status, { 'content-type': 'application/json' })
    response.end(reply.body === undefined ? '' : JSON.stringify(reply.body))
  }

  async #answer(request: IncomingMessage, body: Buffer): Promise<EndpointReply> {
    const signed = Buffer.concat([Buffer.from(String(request.headers['x-signature-timestamp'])), body])
    const signature = Buffer.from(String(request.headers['x-signature-ed25519']), 'hex')
    if (!verify(null, signed, this.#key, signature)) return { status: this.badSignatureStatus }
    const interaction = JSON.parse(body.toString('utf8')) as ReceivedInteraction
    if (this.answersPings && interaction.type === 1) return { status: 200, body: { type: 1 } }
    this.received.push(interaction)
    return this.handler(interaction)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

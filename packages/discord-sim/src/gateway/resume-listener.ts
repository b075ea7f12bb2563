import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { GatewayServer } from './gateway-server.ts'

/** The host behind `resume_gateway_url`: same gateway, other port, so that it can be down while the main one is up. */
export class ResumeListener {
  readonly #gateway: GatewayServer
  readonly #host: string
  #port: number
  #server: Server | null = null
  #last: Promise<unknown> = Promise.resolve()

  constructor(gateway: GatewayServer, host: string, port: number) {
    this.#gateway = gateway
    this.#host = host
    this.#port = port
  }

  get up(): boolean {
    return this.#server !== null
  }

  get port(): number {
    return this.#port
  }

  start(): Promise<void> {
    return this.#inTurn(() => this.#open())
  }

  stop(): Promise<void> {
    return this.#inTurn(() => this.#close())
  }

  /** One after the other: the port is free again only once the listener before has closed. */
  #inTurn(act: () => Promise<void>): Promise<void> {
    const done = this.#last.then(act)
    this.#last = done.catch(() => undefined)
    return done
  }

  async #open(): Promise<void> {
    if (this.#server) return
    const server = createServer((_, response) => response.writeHead(426).end())
    server.on('upgrade', (request, socket, head) => this.#gateway.upgrade(request, socket, head))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, this.#host, resolve)
    })
    this.#port = (server.address() as AddressInfo).port
    this.#sockets.clear()
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    this.#server = server
  }

  readonly #sockets = new Set<{ destroy(): void }>()

  async #close(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (!server) return
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

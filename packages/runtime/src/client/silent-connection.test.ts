import { connect, createServer, type Socket } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { fakeConfigPort } from '../../test/fake-config-port.ts'
import { TestMesh } from '../../test/test-mesh.ts'

/** A network between client and server that can swallow everything without closing anything. */
class SilentNetwork implements AsyncDisposable {
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((client) => {
    const server = connect(this.#to, '127.0.0.1')
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from)
      from.on('data', (data) => {
        if (!this.swallows) to.write(data)
      })
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
    }
  })
  readonly #to: number
  swallows = false

  constructor(to: number) {
    this.#to = to
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return `ws://127.0.0.1:${address.port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}

describe('a connection that has gone silent', () => {
  it('is given up without anybody asking, and another one serves', { timeout: 20_000 }, async () => {
    await using mesh = new TestMesh()
    const server = await mesh.serve(fakeConfigPort({ gateways: { list: async () => ({ gateways: [] }) } }))
    await using network = new SilentNetwork(server.port)
    const edge = mesh.connect([await network.listen()], await mesh.keys.identity('edge-0'))
    await edge.client.gateways.list.query({})
    network.swallows = true
    await vi.waitUntil(() => edge.state === 'connecting', { timeout: 15_000 })
    network.swallows = false
    const answer = await vi.waitUntil(() => edge.client.gateways.list.query({}).catch(() => null), {
      timeout: 15_000,
    })
    expect(answer).toEqual({ gateways: [] })
  })
})

import { Agent } from 'node:https'
import { connect } from 'node:net'

/** An HTTPS agent whose connections are plain TCP to one address, for libraries that can only speak HTTPS. */
export class PlainAgent extends Agent {
  readonly #address: { hostname: string; port: number }

  constructor(baseUrl: string) {
    super()
    const { hostname, port } = new URL(baseUrl)
    this.#address = { hostname, port: Number(port) }
  }

  override createConnection() {
    return connect(this.#address.port, this.#address.hostname)
  }
}

import type { GatewayId } from '@guildmesh/contracts'
import type { RoutingTable } from '@guildmesh/runtime'
import type { Owner } from '../composition/owner.ts'

/**
 * Hands the owner what the routing table gives this gateway. Changes that come together are handed on together; before
 * events are delivered the owner is brought up to date at once.
 */
export class AssignmentReconciliation {
  readonly #table: RoutingTable
  readonly #owner: Pick<Owner, 'adopt'>
  readonly #gatewayId: GatewayId
  #soon: NodeJS.Immediate | null = null

  constructor(table: RoutingTable, owner: Pick<Owner, 'adopt'>, gatewayId: GatewayId) {
    this.#table = table
    this.#owner = owner
    this.#gatewayId = gatewayId
  }

  /** The table has changed. */
  changed(): void {
    this.#soon ??= setImmediate(() => this.#adopt())
  }

  /** Hands on now what has changed. */
  flush(): void {
    if (this.#soon) this.#adopt()
  }

  stop(): void {
    if (this.#soon) clearImmediate(this.#soon)
    this.#soon = null
  }

  #adopt(): void {
    this.stop()
    // What was learned before the first snapshot is not the whole list, and the owner would release the rest.
    if (this.#table.revision === null) return
    this.#owner.adopt(this.#table.guildsOf(this.#gatewayId))
  }
}

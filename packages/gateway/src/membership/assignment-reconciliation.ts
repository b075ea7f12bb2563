import type { GatewayId, GuildId } from '@guildmesh/contracts'
import type { RoutingTable } from '@guildmesh/runtime'

/** A guild that this gateway owns, and the fencing number of that ownership. */
export interface OwnedGuild {
  readonly guildId: GuildId
  readonly epoch: number
}

/** Who opens and releases guilds as they are assigned. */
export interface AssignedOwner {
  /** Takes over the complete list of this gateway's assignments. Synchronous and idempotent. */
  reconcile(assignments: readonly OwnedGuild[]): void
}

/**
 * Hands the owner what the routing table gives this gateway. Changes that come together are handed on together; before
 * events are delivered the owner is brought up to date at once.
 */
export class AssignmentReconciliation implements Disposable {
  readonly #table: RoutingTable
  readonly #owner: AssignedOwner
  readonly #gatewayId: GatewayId
  #soon: NodeJS.Immediate | null = null

  constructor(table: RoutingTable, owner: AssignedOwner, gatewayId: GatewayId) {
    this.#table = table
    this.#owner = owner
    this.#gatewayId = gatewayId
  }

  /** The table has changed. */
  changed(): void {
    this.#soon ??= setImmediate(() => this.#reconcile())
  }

  /** Hands on now what has changed. */
  flush(): void {
    if (this.#soon) this.#reconcile()
  }

  [Symbol.dispose](): void {
    if (this.#soon) clearImmediate(this.#soon)
    this.#soon = null
  }

  #reconcile(): void {
    this[Symbol.dispose]()
    // What was learned before the first snapshot is not the whole list, and the owner would release the rest.
    if (this.#table.revision === null) return
    this.#owner.reconcile(this.#table.guildsOf(this.#gatewayId))
  }
}

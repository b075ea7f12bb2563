import type { Assignment, Gateway, GatewayId, GuildId, WatchEvent } from '@guildmesh/contracts'
import { applyAssignment, applyWatchEvent, emptyRouting, type RoutingChange } from './routing-state.ts'

export type RoutingListener = (change: RoutingChange) => void

/**
 * Which gateway owns which guild, according to the config API. Entries do not expire: while the config API cannot be
 * reached the table stays in use, and the owners themselves refuse what is outdated.
 */
export class RoutingTable {
  readonly #state = emptyRouting()
  readonly #listeners = new Set<RoutingListener>()
  readonly #complete = Promise.withResolvers<void>()
  /** Resolves when the first snapshot is complete. */
  readonly complete: Promise<void> = this.#complete.promise

  /** Cursor of the last event; `null` before the first snapshot was complete. */
  get revision(): string | null {
    return this.#state.cursor
  }

  ownerOf(guildId: GuildId): Assignment | null {
    return this.#state.assignments.get(guildId) ?? null
  }

  gateway(gatewayId: GatewayId): Gateway | null {
    return this.#state.gateways.get(gatewayId) ?? null
  }

  gateways(): Gateway[] {
    return [...this.#state.gateways.values()]
  }

  guildsOf(gatewayId: GatewayId): Assignment[] {
    const guildIds = this.#state.guildsByGateway.get(gatewayId) ?? new Set<GuildId>()
    return [...guildIds].flatMap((guildId) => this.#state.assignments.get(guildId) ?? [])
  }

  /** How many guilds have an owner. */
  get size(): number {
    return this.#state.assignments.size
  }

  /** Takes an event of `assignments.watch`. */
  apply(event: WatchEvent): void {
    this.#tell(applyWatchEvent(this.#state, event))
    if (this.#state.cursor !== null) this.#complete.resolve()
  }

  /** Takes what a gateway has answered (`GuildMoved`) or the config API has assigned; only a higher epoch counts. */
  learn(assignment: Assignment): void {
    this.#tell(applyAssignment(this.#state, assignment))
  }

  /** @returns stops listening */
  onChange(listener: RoutingListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #tell(change: RoutingChange | null): void {
    if (!change) return
    for (const listener of this.#listeners) listener(change)
  }
}

import type { Assignment, GuildId, MeshError } from '@guildmesh/contracts'

/** Places these guilds, or finds them placed: each gets an owner, or the reason why it has none. */
export type PlaceGuilds = (
  guildIds: readonly GuildId[],
) => Promise<ReadonlyMap<GuildId, Assignment | MeshError>>

const batchSize = 200

/**
 * Gathers the guilds that ask for an owner while a placement is under way, and places them together next: a bot that
 * joins a mesh brings thousands at once, and each placement has to wait for the one before it to commit.
 */
export class PlacementQueue {
  readonly #placeGuilds: PlaceGuilds
  readonly #waiting = new Map<GuildId, PromiseWithResolvers<Assignment>>()
  #running = false

  constructor(placeGuilds: PlaceGuilds) {
    this.#placeGuilds = placeGuilds
  }

  place(guildId: GuildId): Promise<Assignment> {
    const waiting = this.#waiting.get(guildId) ?? Promise.withResolvers<Assignment>()
    this.#waiting.set(guildId, waiting)
    if (!this.#running) {
      this.#running = true
      queueMicrotask(() => void this.#run())
    }
    return waiting.promise
  }

  /** Never rejects: those who wait get the failure. */
  async #run(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting].slice(0, batchSize)
      for (const [guildId] of batch) this.#waiting.delete(guildId)
      try {
        const placed = await this.#placeGuilds(batch.map(([guildId]) => guildId))
        for (const [guildId, waiting] of batch) {
          const outcome =
            placed.get(guildId) ?? new Error(`guild ${guildId} has no owner after it was placed`)
          if (outcome instanceof Error) waiting.reject(outcome)
          else waiting.resolve(outcome)
        }
      } catch (error) {
        for (const [, waiting] of batch) waiting.reject(error)
      }
    }
    this.#running = false
  }
}

import { type GatewayId, MeshError, type OwnershipPort, type ReleaseEmptyInput } from '@guildmesh/contracts'
import type { GuildStore } from '@guildmesh/guild-store'
import type { z } from 'zod'
import type { Clock } from '@guildmesh/runtime'
import { failureOfRefusal } from '../commit/refusal-failure.ts'

type Input = z.output<typeof ReleaseEmptyInput>

/** Moves of guilds without data: the fence is laid and lifted here, and the switch is decided elsewhere. */
export class GuildOwnership implements OwnershipPort {
  readonly #store: GuildStore
  readonly #gatewayId: GatewayId
  readonly #clock: Clock

  constructor(store: GuildStore, gatewayId: GatewayId, clock: Clock) {
    this.#store = store
    this.#gatewayId = gatewayId
    this.#clock = clock
  }

  async releaseEmpty(input: Input): Promise<{ released: true }> {
    const outcome = this.#store.ownership.fenceEmpty(input, this.#clock.now())
    switch (outcome.kind) {
      case 'fenced':
      case 'released':
        return { released: true }
      case 'has-data':
        throw new MeshError({ kind: 'GuildHasData', guildId: input.guildId, tables: { ...outcome.tables } })
      case 'refused':
        throw new MeshError(failureOfRefusal(input.guildId, input.epoch, this.#gatewayId, outcome.refusal))
      default:
        return outcome satisfies never
    }
  }

  async reclaim(input: Input): Promise<{ reclaimed: true }> {
    const refusal = this.#store.ownership.reclaim(input, this.#clock.now())
    if (refusal) {
      throw new MeshError(failureOfRefusal(input.guildId, input.epoch, this.#gatewayId, refusal))
    }
    return { reclaimed: true }
  }
}

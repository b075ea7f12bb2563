import {
  comparePositions,
  type GatewayId,
  type GuildId,
  type ParkedChanges,
  type Position,
} from '@guildmesh/contracts'

interface Mark {
  readonly through: Position
  readonly events: number
}

/**
 * What the config API is still to be told of parked lanes. It must hear of them with the seq that passes them, and may
 * be away for long: changes are joined until it has confirmed them.
 */
export class ParkedMarks {
  readonly #self: GatewayId
  readonly #kept = new Map<GuildId, Mark>()
  readonly #gone = new Map<string, { readonly guildId: GuildId; readonly keeper: GatewayId }>()

  constructor(self: GatewayId) {
    this.#self = self
  }

  /** Events of the lane lie on this gateway's disk. */
  kept(guildId: GuildId, mark: Mark): void {
    this.#kept.set(guildId, mark)
    this.#gone.delete(keyOf(guildId, this.#self))
  }

  /** Nothing of the lane lies on this gateway's disk any more. */
  goneHere(guildId: GuildId): void {
    this.gone(guildId, this.#self)
  }

  /** Nothing of the lane lies at the keeper any more. */
  gone(guildId: GuildId, keeper: GatewayId): void {
    if (keeper === this.#self) this.#kept.delete(guildId)
    this.#gone.set(keyOf(guildId, keeper), { guildId, keeper })
  }

  /** What is to be told now; `null`: nothing. */
  changes(): ParkedChanges | null {
    if (this.#kept.size === 0 && this.#gone.size === 0) return null
    return {
      kept: [...this.#kept].map(([guildId, { through, events }]) => ({ guildId, through, events })),
      gone: [...this.#gone.values()],
    }
  }

  /** These were stored; what has changed since stays to be told. */
  stored({ kept, gone }: ParkedChanges): void {
    for (const { guildId, through, events } of kept) {
      const mark = this.#kept.get(guildId)
      if (mark && comparePositions(mark.through, through) === 0 && mark.events === events)
        this.#kept.delete(guildId)
    }
    for (const { guildId, keeper } of gone) this.#gone.delete(keyOf(guildId, keeper))
  }
}

function keyOf(guildId: GuildId, keeper: GatewayId): string {
  return `${guildId} ${keeper}`
}

import { type GatewayId, type GuildId, MeshError } from '@guildmesh/contracts'
import type { OwnershipCommand, SourceGateways } from '../src/moves/source-gateways.ts'

/**
 * How the gateway meets commands:
 * - `answers`;
 * - `unreachable`: they do not get there;
 * - `deaf`: they get there and are done, and the answer is lost;
 */
export type Weather = 'answers' | 'unreachable' | 'deaf'

/** Gateways as a move sees them: which guilds have data, and which are fenced by what move. */
export class FakeSourceGateways implements SourceGateways {
  weather: Weather = 'answers'
  /** Rows by table of the guilds that have data. */
  readonly data = new Map<GuildId, Record<string, number>>()
  readonly fences = new Map<GuildId, string>()
  readonly commands: string[] = []
  readonly #reclaimed = new Set<string>()
  #hold: Promise<void> = Promise.resolve()

  /** Lets commands get there but keeps their answers back until the returned function is called. */
  holdAnswers(): () => void {
    const held = Promise.withResolvers<void>()
    this.#hold = held.promise
    return held.resolve
  }

  releaseEmpty(source: GatewayId, command: OwnershipCommand): Promise<void> {
    return this.#reach(`release ${source}`, () => {
      const tables = this.data.get(command.guildId)
      if (tables) throw new MeshError({ kind: 'GuildHasData', guildId: command.guildId, tables })
      // A release that comes after its move was undone is late.
      if (this.#reclaimed.has(command.moveId)) {
        throw new MeshError({ kind: 'StaleEpoch', offered: command.epoch, current: command.epoch })
      }
      this.fences.set(command.guildId, command.moveId)
    })
  }

  reclaim(source: GatewayId, command: OwnershipCommand): Promise<void> {
    return this.#reach(`reclaim ${source}`, () => {
      this.#reclaimed.add(command.moveId)
      if (this.fences.get(command.guildId) === command.moveId) this.fences.delete(command.guildId)
    })
  }

  async #reach(name: string, act: () => void): Promise<void> {
    const lost = new MeshError({ kind: 'Unavailable', service: 'gateway', retryAfterMs: 100 })
    const { weather } = this
    if (weather === 'unreachable') throw lost
    this.commands.push(name)
    act()
    await this.#hold
    if (weather === 'deaf') throw lost
  }
}

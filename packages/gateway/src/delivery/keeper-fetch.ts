import {
  comparePositions,
  type GatewayId,
  type GuildId,
  type ParkedLane,
  type ParkedPage,
} from '@guildmesh/contracts'
import type { ParkedEvent, ParkedEvents } from '@guildmesh/guild-store'
import { type Clock, KeyedWorkers, type LogPort } from '@guildmesh/runtime'
import type { KeepersPort, PagePlace, ShardClaim } from './keepers-port.ts'

export interface KeeperFetchOptions {
  readonly claim: ShardClaim
  readonly keepers: KeepersPort
  /** Parked lanes that lie elsewhere. */
  readonly lanes: readonly ParkedLane[]
  readonly disk: ParkedEvents
  readonly clock: Clock
  readonly log: LogPort
  /**
   * Everything that a keeper had is on this gateway's disk.
   * @param copied the keeper's lanes
   * @param complete lanes of which nothing is missing any more
   */
  readonly onCopied: (keeper: GatewayId, copied: readonly GuildId[], complete: readonly GuildId[]) => void
}

const backoff = { firstMs: 100, maxMs: 5000, jitter: 'half' } as const
/** An absent keeper is spoken of once in so many attempts. */
const sayEvery = 12

/** Copies the parked events of a shard from the disks of its earlier holders to this gateway's. */
export class KeeperFetch {
  readonly #options: KeeperFetchOptions
  readonly #lanes: ReadonlyMap<GatewayId, readonly ParkedLane[]>
  readonly #missing = new Map<GuildId, Set<GatewayId>>()
  readonly #copies: KeyedWorkers<GatewayId>

  constructor(options: KeeperFetchOptions) {
    this.#options = options
    this.#lanes = Map.groupBy(options.lanes, ({ keeper }) => keeper)
    for (const { guildId, keeper } of options.lanes) {
      const keepers = this.#missing.get(guildId) ?? new Set()
      this.#missing.set(guildId, keepers.add(keeper))
    }
    this.#copies = new KeyedWorkers({
      work: (keeper, { signal }) => this.#fetch(keeper, signal),
      backoff,
      onFailure: (keeper, error, failures) => this.#reportAbsent(keeper, error, failures),
    })
  }

  start(): void {
    for (const keeper of this.#lanes.keys()) this.#copies.wake(keeper)
  }

  /** Ends; what is not copied stays with its keeper. */
  stop(): Promise<void> {
    return this.#copies.stop()
  }

  async #fetch(keeper: GatewayId, signal: AbortSignal): Promise<null> {
    const { log, claim, onCopied } = this.#options
    const lanes = this.#lanes.get(keeper) ?? []
    const events = await this.#copy(keeper, lanes, signal)
    if (signal.aborted) return null
    log.info(
      { event: 'parked-events-fetched', ...claim, keeper, lanes: lanes.length, events },
      'parked events fetched from their keeper',
    )
    const guildIds = lanes.map(({ guildId }) => guildId)
    onCopied(keeper, guildIds, this.#completeBy(keeper, guildIds))
    return null
  }

  #reportAbsent(keeper: GatewayId, error: unknown, failures: number): void {
    const { log, claim } = this.#options
    const lanes = this.#lanes.get(keeper)?.length
    const level = failures % sayEvery === 1 ? 'warn' : 'debug'
    log[level](
      { event: 'keeper-absent', ...claim, keeper, lanes, err: error },
      'could not fetch parked events from their keeper; their guilds wait for it',
    )
  }

  async #copy(keeper: GatewayId, lanes: readonly ParkedLane[], signal: AbortSignal): Promise<number> {
    const { keepers, claim, disk } = this.#options
    const through = new Map(lanes.map((lane) => [lane.guildId, lane.through]))
    let copied = 0
    for (let after: PagePlace | null = null; ;) {
      const { events } = await keepers.page(keeper, claim, after)
      const last = events.at(-1)
      if (!last || signal.aborted) return copied
      // The low watermark has not passed what comes after the mark: Discord replays it.
      const wanted = events.filter(({ guildId, position }) => {
        const mark = through.get(guildId)
        return mark && comparePositions(position, mark) <= 0
      })
      disk.park(
        claim.shardId,
        wanted.map((event) => this.#parked(event)),
      )
      copied += wanted.length
      after = last
    }
  }

  #parked({ heldMs, ...event }: ParkedPage['events'][number]): ParkedEvent {
    const { guildId, position, previous, type, data, size } = event
    return { guildId, position, previous, type, data, size, receivedAt: this.#options.clock.now() - heldMs }
  }

  #completeBy(keeper: GatewayId, guildIds: readonly GuildId[]): GuildId[] {
    return guildIds.filter((guildId) => {
      const keepers = this.#missing.get(guildId)
      keepers?.delete(keeper)
      return keepers?.size === 0
    })
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import {
  comparePositions,
  type GatewayId,
  type GuildId,
  type ParkedLane,
  type ParkedPage,
} from '@guildmesh/contracts'
import type { ParkedEvent, ParkedEvents } from '@guildmesh/guild-store'
import { backoffMs, type Clock, type LogPort } from '@guildmesh/runtime'
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

const retryBackoff = { firstMs: 100, maxMs: 5000, jitter: 'half' } as const
/** An absent keeper is spoken of once in so many attempts. */
const sayEvery = 12

/** Copies the parked events of a shard from the disks of its earlier holders to this gateway's. */
export class KeeperFetch {
  readonly #options: KeeperFetchOptions
  readonly #life = new AbortController()
  readonly #missing = new Map<GuildId, Set<GatewayId>>()
  readonly #running: Promise<unknown>

  constructor(options: KeeperFetchOptions) {
    this.#options = options
    const byKeeper = Map.groupBy(options.lanes, ({ keeper }) => keeper)
    for (const { guildId, keeper } of options.lanes) {
      const keepers = this.#missing.get(guildId) ?? new Set()
      this.#missing.set(guildId, keepers.add(keeper))
    }
    const copies = [...byKeeper].map(([keeper, lanes]) => this.#copyUntilDone(keeper, lanes))
    this.#running = Promise.all(copies)
  }

  /** Ends; what is not copied stays with its keeper. */
  async stop(): Promise<void> {
    this.#life.abort()
    await this.#running
  }

  async #copyUntilDone(keeper: GatewayId, lanes: readonly ParkedLane[]): Promise<void> {
    const { log, claim, onCopied } = this.#options
    const { signal } = this.#life
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        const events = await this.#copy(keeper, lanes)
        if (signal.aborted) return
        log.info({ ...claim, keeper, lanes: lanes.length, events }, 'parked events fetched from their keeper')
        const guildIds = lanes.map(({ guildId }) => guildId)
        onCopied(keeper, guildIds, this.#completeBy(keeper, guildIds))
        return
      } catch (error) {
        const level = failures % sayEvery === 1 ? 'warn' : 'debug'
        log[level](
          { ...claim, keeper, lanes: lanes.length, err: error },
          'parked events cannot be fetched from their keeper; their guilds wait for it',
        )
        const waitMs = backoffMs(retryBackoff, failures, Math.random())
        await sleep(waitMs, undefined, { signal }).catch(() => {})
      }
    }
  }

  async #copy(keeper: GatewayId, lanes: readonly ParkedLane[]): Promise<number> {
    const { keepers, claim, disk } = this.#options
    const through = new Map(lanes.map((lane) => [lane.guildId, lane.through]))
    let copied = 0
    for (let after: PagePlace | null = null; ;) {
      const { events } = await keepers.page(keeper, claim, after)
      const last = events.at(-1)
      if (!last || this.#life.signal.aborted) return copied
      // What lies behind the mark was never passed by the seq: Discord replays it.
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

import {
  comparePositions,
  type DeliverInput,
  type DeliverReply,
  type GatewayId,
  type GuildId,
  type Incarnation,
  type LaneAck,
  type Position,
} from '@guildmesh/contracts'
import { chainStart, extendChain, isChainedEvent, payloadHash } from '@guildmesh/discord-sim'

interface GuildChain {
  cursor: Position | null
  head: string
  count: number
  readonly events: { event: string; payloadHash: string }[]
}

/**
 * The owner's side of delivery as architecture.md states it, in memory: per guild in order, sequence gaps refused, known
 * events skipped. It keeps the simulator's hash chain, so that the simulator's oracle can judge the holder alone.
 */
export class ChainOwner {
  readonly #self: { readonly gatewayId: GatewayId; readonly incarnation: Incarnation }
  readonly #guilds = new Map<GuildId, GuildChain>()
  /** Called before each delivery; what it throws is the delivery's outcome. */
  before: (input: DeliverInput) => Promise<void> | void = () => {}
  /** Refuses a lane by itself. */
  refuse: (guildId: GuildId) => Extract<LaneAck, { outcome: 'refused' }>['failure'] | null = () => null
  skipped = 0

  constructor(gatewayId: GatewayId) {
    this.#self = { gatewayId, incarnation: { registration: 1, restart: 0 } }
  }

  async deliver(input: DeliverInput): Promise<DeliverReply> {
    await this.before(input)
    return { owner: this.#self, acks: input.lanes.map((lane) => this.#apply(lane)) }
  }

  /** What the oracle compares. */
  get report(): Record<string, { count: number; head: string; events: GuildChain['events'] }> {
    return Object.fromEntries(
      [...this.#guilds].map(([guildId, { count, head, events }]) => [guildId, { count, head, events }]),
    )
  }

  get guildIds(): GuildId[] {
    return [...this.#guilds.keys()]
  }

  get count(): number {
    return [...this.#guilds.values()].reduce((sum, { count }) => sum + count, 0)
  }

  #apply({ guildId, epoch, events }: DeliverInput['lanes'][number]): LaneAck {
    const failure = this.refuse(guildId)
    if (failure) return { outcome: 'refused', guildId, failure }
    const guild = this.#guild(guildId)
    for (const { position, previous, type, data } of events) {
      if (guild.cursor && comparePositions(position, guild.cursor) <= 0) {
        this.skipped += 1
        continue
      }
      if (previous && (!guild.cursor || comparePositions(previous, guild.cursor) !== 0)) {
        return {
          outcome: 'refused',
          guildId,
          failure: { kind: 'SequenceGap', guildId, cursor: guild.cursor },
        }
      }
      guild.cursor = position
      if (!isChainedEvent(type)) continue
      const digest = payloadHash(data)
      guild.head = extendChain(guild.head, type, digest)
      guild.count += 1
      guild.events.push({ event: type, payloadHash: digest })
    }
    if (!guild.cursor) throw new Error('a lane without events')
    return { outcome: 'accepted', guildId, epoch, applied: guild.cursor, durable: guild.cursor }
  }

  #guild(guildId: GuildId): GuildChain {
    let guild = this.#guilds.get(guildId)
    if (!guild) {
      guild = { cursor: null, head: chainStart(guildId), count: 0, events: [] }
      this.#guilds.set(guildId, guild)
    }
    return guild
  }
}

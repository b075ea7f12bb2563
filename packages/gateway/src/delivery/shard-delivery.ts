import type { DeliverInput, GuildId, Position } from '@guildmesh/contracts'
import { GatewayDispatchEvents } from 'discord-api-types/v10'
import type { Dispatch } from '../shards/shard-connection.ts'
import { guildOfEvent } from './guild-of-event.ts'
import { Lane, type HeldEvent, type LaneGap } from './lane.ts'
import { LaneScheduler, type DeliveryPorts } from './lane-scheduler.ts'
import { UnsettledWindow } from './unsettled-window.ts'

export interface ShardDeliveryOptions extends DeliveryPorts {
  readonly shard: Omit<DeliverInput, 'lanes'>
  /** Where the session stands that the holder before left; `null` where there is none. */
  readonly resumed: { readonly generation: number; readonly seq: number } | null
  readonly window: { readonly events: number; readonly size: number }
  /** Events of a guild are missing at its owner, and this holder no longer has them. */
  readonly onGap: (guildId: GuildId, gap: LaneGap) => void
  /** The committed seq may have risen. */
  readonly onCommitted: () => void
  /** The window became full (stop reading), or has room again. */
  readonly onPressure: (full: boolean) => void
}

/** Below this share of its limits a full window counts as having room again. */
const roomShare = 0.5

/** From a shard's dispatches to committed events: lanes, what is unsettled, and how much may be under way. */
export class ShardDelivery {
  readonly #options: ShardDeliveryOptions
  readonly #lanes = new Map<GuildId, Lane>()
  readonly #scheduler: LaneScheduler
  #generation: number | null
  #window: UnsettledWindow
  #held = { events: 0, size: 0 }
  #full = false
  #settled: (() => void)[] = []

  constructor(options: ShardDeliveryOptions) {
    this.#options = options
    this.#generation = options.resumed?.generation ?? null
    this.#window = new UnsettledWindow(options.resumed?.seq ?? 0)
    this.#scheduler = new LaneScheduler({
      ...options,
      onDurable: (events) => this.#forget(events),
      onGap: (guildId, gap) => this.#gap(guildId, gap),
    })
  }

  /** Every event of the current session up to here is durable at its owner. */
  get committedSeq(): number {
    return this.#window.committedSeq
  }

  /** Events that are not yet durable, those of earlier sessions included. */
  get unsettled(): number {
    return this.#held.events
  }

  /**
   * A session began with a READY at `seq`: positions get its generation from now on. Events of the one before stay in
   * their lanes.
   */
  beginSession(generation: number, seq: number): void {
    this.#generation = generation
    this.#window = new UnsettledWindow(seq)
  }

  /**
   * Discord's list of the shard's guilds lacks one that was there: the bot left it while no session told. Its lane gets
   * the GUILD_DELETE that nobody received, at the position of the READY that had the list.
   */
  left(guildId: GuildId, position: Position): void {
    const lane = this.#lane(guildId)
    lane.append({
      position,
      type: GatewayDispatchEvents.GuildDelete,
      data: { id: guildId },
      size: 0,
      receivedAtMs: this.#options.clock.monotonicMs(),
    })
    this.#hold(1, 0)
    this.#scheduler.wake(lane)
  }

  /** Takes one dispatch in. Each position comes once, in order: the connection sees to it. */
  receive(dispatch: Dispatch): void {
    if (this.#generation !== dispatch.generation)
      throw new Error(`a dispatch of generation ${dispatch.generation} outside its session`)
    const { metrics, shard, clock } = this.#options
    const guildId = guildOfEvent(dispatch.type, dispatch.data)
    this.#window.receive(dispatch.seq)
    metrics.received(shard.shardId, guildId !== null)
    if (!guildId) {
      this.#window.settle(dispatch.seq)
      this.#options.onCommitted()
      return
    }
    const lane = this.#lane(guildId)
    lane.append({
      position: { generation: dispatch.generation, seq: dispatch.seq },
      type: dispatch.type,
      data: dispatch.data,
      size: dispatch.size,
      receivedAtMs: clock.monotonicMs(),
    })
    this.#hold(1, dispatch.size)
    this.#scheduler.wake(lane)
  }

  /** Routes have changed: of one guild, or of any. */
  reroute(guildId: GuildId | null): void {
    this.#scheduler.reroute(guildId)
  }

  /** Resolves when everything received is durable, or when the signal aborts: then what is left will be replayed. */
  async settle(signal: AbortSignal): Promise<void> {
    if (this.#held.events === 0 || signal.aborted) return
    await new Promise<void>((resolve) => {
      this.#settled.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  report(): void {
    const { metrics, shard } = this.#options
    metrics.depth(shard.shardId, {
      unsettled: this.#held.events,
      lanes: this.#lanes.size,
      waiting: this.#scheduler.waitingCount,
      seqLag: this.#window.receivedSeq - this.#window.committedSeq,
    })
  }

  close(): void {
    this.#scheduler.close()
  }

  #lane(guildId: GuildId): Lane {
    let lane = this.#lanes.get(guildId)
    if (!lane) {
      lane = new Lane(guildId)
      this.#lanes.set(guildId, lane)
    }
    return lane
  }

  #forget(events: readonly HeldEvent[]): void {
    for (const { position } of events) {
      if (position.generation === this.#generation) this.#window.settle(position.seq)
    }
    this.#hold(-events.length, -events.reduce((sum, event) => sum + event.size, 0))
    this.#options.onCommitted()
    if (this.#held.events === 0) for (const resolve of this.#settled.splice(0)) resolve()
  }

  #hold(events: number, size: number): void {
    const { window, metrics, shard, onPressure } = this.#options
    this.#held = { events: this.#held.events + events, size: this.#held.size + size }
    const share = Math.max(this.#held.events / window.events, this.#held.size / window.size)
    if (!this.#full && share >= 1) {
      this.#full = true
      metrics.paused(shard.shardId)
      onPressure(true)
    } else if (this.#full && share <= roomShare) {
      this.#full = false
      onPressure(false)
    }
  }

  #gap(guildId: GuildId, gap: LaneGap): void {
    this.#options.metrics.gap(this.#options.shard.shardId)
    this.#options.log.error(
      { guildId, shardId: this.#options.shard.shardId, ...gap },
      'events of a guild are missing at its owner and no longer held: the lane goes on behind the gap',
    )
    this.#options.onGap(guildId, gap)
  }
}

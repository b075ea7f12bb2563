import type { DeliverInput, GuildId, ParkedLane, Position } from '@guildmesh/contracts'
import type { ParkedEvents } from '@guildmesh/guild-store'
import type { Timers } from '@guildmesh/runtime'
import { GatewayDispatchEvents } from 'discord-api-types/v10'
import { Alarm } from './alarm.ts'
import { chooseToPark } from './choose-to-park.ts'
import type { DeliveryPorts } from './delivery-ports.ts'
import type { Dispatch } from './dispatch.ts'
import { EventMemory } from './event-memory.ts'
import { guildOfEvent } from './guild-of-event.ts'
import type { LaneLoss, ReceivedEvent } from './held-event.ts'
import { inheritedLanes } from './inherited-lanes.ts'
import { countWaiting, Lane } from './lane.ts'
import { LaneScheduler } from './lane-scheduler.ts'
import type { ParkedMarks } from './parked-marks.ts'
import { Parking } from './parking.ts'
import type { ParkingSpace } from './parking-space.ts'
import type { SessionProgress } from './session-progress.ts'

export interface ShardDeliveryOptions extends DeliveryPorts {
  readonly shard: Omit<DeliverInput, 'lanes'>
  readonly progress: SessionProgress
  /** Events, and size of their payloads, that may be in memory before reading from Discord pauses. */
  readonly limit: { readonly events: number; readonly size: number }
  readonly parking: {
    readonly disk: ParkedEvents
    readonly space: ParkingSpace
    readonly marks: ParkedMarks
    /** Lanes that were parked before. Those of other keepers wait for `fetched`. */
    readonly inherited: readonly ParkedLane[]
  }
  readonly timers: Timers
  /** What a successor would need may have changed: the low watermark, or what is parked. */
  readonly onCheckpointChanged: () => void
  /** Memory became full (stop reading), or has room again. */
  readonly onPressure: (isFull: boolean) => void
  /** Events of a guild are missing at its owner, and this holder no longer has them. */
  readonly onLoss: (guildId: GuildId, loss: LaneLoss) => void
}

const tendEveryMs = 500

/**
 * From a shard's dispatches to events that are durable at their owners. A lane whose owner is away is parked on disk,
 * which lets the low watermark pass its events.
 */
export class ShardDelivery {
  readonly #options: ShardDeliveryOptions
  readonly #lanes = new Map<GuildId, Lane>()
  readonly #memory: EventMemory
  readonly #parking: Parking
  readonly #scheduler: LaneScheduler
  readonly #tending: Alarm

  constructor(options: ShardDeliveryOptions) {
    const { shard, progress, limit, parking, clock, timers, log, onCheckpointChanged } = options
    this.#options = options
    this.#tending = new Alarm(timers, () => this.#tend())
    this.#memory = new EventMemory({
      progress,
      limit,
      onPressure: (isFull) => this.#press(isFull),
      onSettled: onCheckpointChanged,
    })
    this.#parking = new Parking({
      ...parking,
      shardId: shard.shardId,
      memory: this.#memory,
      onForgotten: onCheckpointChanged,
      clock,
      timers,
      log,
    })
    this.#scheduler = new LaneScheduler({
      ...options,
      lanes: this.#lanes,
      parking: this.#parking,
      memory: this.#memory,
    })
    const here = parking.disk.spans(shard.shardId)
    for (const lane of inheritedLanes(shard.holder.gatewayId, here, parking.inherited)) {
      this.#lanes.set(lane.guildId, lane)
      this.#scheduler.wake(lane)
    }
    this.#tending.set(tendEveryMs)
  }

  /** Takes one dispatch in. Each position comes once, in order: the connection sees to it. */
  receive({ generation, seq, type, data, size }: Dispatch): void {
    const { progress, metrics, shard, clock } = this.#options
    const position = { generation, seq }
    const guildId = guildOfEvent(type, data, shard)
    progress.receive(position)
    metrics.received(shard.shardId, guildId !== null)
    if (guildId) this.#append(guildId, { position, type, data, size, receivedAtMs: clock.monotonicMs() })
    else this.#memory.skip(position)
  }

  /**
   * Discord's list of the shard's guilds lacks one that was there: the bot left it while no session told. Its lane gets
   * the GUILD_DELETE that nobody received, at the position of the READY that had the list.
   */
  left(guildId: GuildId, position: Position): void {
    const receivedAtMs = this.#options.clock.monotonicMs()
    const type = GatewayDispatchEvents.GuildDelete
    this.#append(guildId, { position, type, data: { id: guildId }, size: 0, receivedAtMs })
  }

  /**
   * The earlier events of these guilds, as far as there are any, lie on this gateway's disk by now.
   * @throws SqliteError if the disk cannot be read: then nothing has changed
   */
  fetched(guildIds: readonly GuildId[]): void {
    this.#parking.reread()
    for (const guildId of guildIds) {
      const lane = this.#lanes.get(guildId)
      if (lane?.state.name === 'fetching') lane.state = { name: 'joining' }
    }
    this.#joinFetched()
  }

  /** Routes have changed: of one guild, or of any. */
  reroute(guildId: GuildId | null): void {
    const lane = guildId && this.#lanes.get(guildId)
    if (lane) this.#scheduler.reroute(lane)
    if (guildId === null) for (const one of this.#lanes.values()) this.#scheduler.reroute(one)
  }

  /** Resolves when everything received is durable or parked, or when the signal aborts: what is left will be replayed. */
  async settle(signal: AbortSignal): Promise<void> {
    this.#parking.settle()
    await this.#memory.untilEmpty(signal)
    this.#parking.settle()
  }

  close(): void {
    this.#tending.clear()
    this.#scheduler.close()
    this.#parking.close()
  }

  /** Events in memory that are not yet durable, those of earlier sessions included. */
  get unacked(): number {
    return this.#memory.events
  }

  /** Events that are not yet durable at their owner, in memory and on the disk. */
  get undelivered(): number {
    return this.#memory.events + this.#parking.depth.events
  }

  report(): void {
    const { metrics, shard, progress } = this.#options
    const { forOwner, forKeeper } = countWaiting(this.#lanes.values())
    metrics.depth(shard.shardId, {
      unacked: this.#memory.events,
      lanes: this.#lanes.size,
      waiting: forOwner,
      seqLag: progress.seqLag,
      parked: this.#parking.depth,
      blocked: forKeeper,
    })
  }

  #append(guildId: GuildId, event: ReceivedEvent): void {
    const lane = this.#laneOf(guildId)
    if (lane.events.hasFromBefore(event.position)) {
      this.#memory.skip(event.position)
      return
    }
    const held = lane.events.append(event)
    this.#memory.hold([held])
    if (lane.events.isParked) this.#parking.append(lane, held)
    this.#scheduler.wake(lane)
  }

  #laneOf(guildId: GuildId): Lane {
    let lane = this.#lanes.get(guildId)
    if (!lane) {
      lane = new Lane(guildId)
      this.#lanes.set(guildId, lane)
    }
    return lane
  }

  /** What came for fetched lanes meanwhile goes after what was fetched; a disk that fails is tried again. */
  #joinFetched(): void {
    const lanes = [...this.#lanes.values()].filter(({ state }) => state.name === 'joining')
    if (lanes.length === 0 || this.#parking.park(lanes, true) === null) return
    for (const lane of lanes) {
      lane.state = { name: 'idle' }
      this.#scheduler.wake(lane)
    }
  }

  #press(isFull: boolean): void {
    const { metrics, shard, onPressure } = this.#options
    if (isFull) {
      metrics.paused(shard.shardId)
      this.#tendSoon()
    }
    onPressure(isFull)
  }

  #tendSoon(): void {
    this.#tending.clear()
    this.#tending.set(0)
  }

  /** Parks what waits for owners that are away; if memory is full, whatever does not move at the moment. */
  #tend(): void {
    this.#tending.set(tendEveryMs)
    this.#joinFetched()
    const { clock, metrics, shard, log } = this.#options
    const lanes = chooseToPark(this.#lanes.values(), {
      nowMs: clock.monotonicMs(),
      isMemoryFull: this.#memory.isFull,
    })
    if (lanes.length === 0) return
    const events = this.#parking.park(lanes)
    if (events === null) return
    metrics.parked(shard.shardId, events)
    log.debug(
      { event: 'lanes-parked', shardId: shard.shardId, lanes: lanes.length, events },
      'lanes parked: their owners do not take their events',
    )
    for (const lane of lanes) this.#scheduler.wake(lane)
    // One transaction does not take everything.
    this.#tendSoon()
  }
}

import type { DeliverInput, GuildId, ParkedLane, Position } from '@guildmesh/contracts'
import { comparePositions } from '@guildmesh/contracts'
import type { ParkedEvents } from '@guildmesh/guild-store'
import { GatewayDispatchEvents } from 'discord-api-types/v10'
import type { Dispatch } from './dispatch.ts'
import { guildOfEvent } from './guild-of-event.ts'
import { Lane, type HeldEvent, type LaneGap } from './lane.ts'
import { LaneScheduler, type DeliveryPorts } from './lane-scheduler.ts'
import type { ParkedMarks } from './parked-marks.ts'
import { Parking, type ParkingSpace } from './parking.ts'
import { chooseToPark } from './choose-to-park.ts'
import { AckTracker } from './ack-tracker.ts'

export interface ShardDeliveryOptions extends DeliveryPorts {
  readonly shard: Omit<DeliverInput, 'lanes'>
  /** Where the session stands that the holder before left; `null` where there is none. */
  readonly resumed: { readonly generation: number; readonly seq: number } | null
  readonly window: { readonly events: number; readonly size: number }
  readonly parking: {
    readonly disk: ParkedEvents
    readonly space: ParkingSpace
    readonly marks: ParkedMarks
    /** Lanes that were parked before. Those of other keepers wait for `fetched`. */
    readonly inherited: readonly ParkedLane[]
  }
  /** Events of a guild are missing at its owner, and this holder no longer has them. */
  readonly onGap: (guildId: GuildId, gap: LaneGap) => void
  /** The committed seq may have risen. */
  readonly onCommitted: () => void
  /** The window became full (stop reading), or has room again. */
  readonly onPressure: (full: boolean) => void
}

/** Below this share of its limits a full window counts as having room again. */
const roomShare = 0.5
const tendEveryMs = 500

interface LaneEntry {
  readonly lane: Lane
  /** When the owner last made events of it durable, monotonic milliseconds. */
  progressAtMs: number
}

/**
 * From a shard's dispatches to committed events: lanes, what is unacked, and how much may be under way. A lane whose
 * owner is away is parked on disk, which lets the committed seq pass its events.
 */
export class ShardDelivery {
  readonly #options: ShardDeliveryOptions
  readonly #lanes = new Map<GuildId, LaneEntry>()
  readonly #scheduler: LaneScheduler
  readonly #parking: Parking
  readonly #tending: NodeJS.Timeout
  /** Lanes whose earlier events have come, and that could not be joined with them yet. */
  readonly #fetched = new Set<Lane>()
  #tendSoon: NodeJS.Immediate | undefined
  #generation: number | null
  #window: AckTracker
  #held = { events: 0, size: 0 }
  #full = false
  #settled: (() => void)[] = []

  constructor(options: ShardDeliveryOptions) {
    const { shard, parking, clock, log } = options
    this.#options = options
    this.#generation = options.resumed?.generation ?? null
    this.#window = new AckTracker(options.resumed?.seq ?? 0)
    this.#scheduler = new LaneScheduler({
      ...options,
      onDurable: (lane, through, events) => this.#durable(lane, through, events),
      refill: (lane) => this.#refill(lane),
      onGap: (guildId, gap) => this.#gap(guildId, gap),
    })
    this.#parking = new Parking({
      ...parking,
      shardId: shard.shardId,
      clock,
      log,
      onWritten: (events) => this.#settle(events),
      onForgotten: () => options.onCommitted(),
    })
    this.#inherit()
    this.#tending = setInterval(() => this.#tend(), tendEveryMs)
  }

  /** Every event of the current session up to here is durable at its owner, or parked. */
  get lowWatermark(): number {
    return this.#window.lowWatermark
  }

  /** Events in memory that are not yet durable, those of earlier sessions included. */
  get unacked(): number {
    return this.#held.events
  }

  /** Events that are not yet durable at their owner, in memory and on the disk. */
  get undelivered(): number {
    return this.#held.events + this.#parking.depth.events
  }

  /**
   * A session began with a READY at `seq`: positions get its generation from now on. Events of the one before stay in
   * their lanes.
   */
  beginSession(generation: number, seq: number): void {
    this.#generation = generation
    this.#window = new AckTracker(seq)
  }

  /**
   * Discord's list of the shard's guilds lacks one that was there: the bot left it while no session told. Its lane gets
   * the GUILD_DELETE that nobody received, at the position of the READY that had the list.
   */
  left(guildId: GuildId, position: Position): void {
    this.#append(guildId, {
      position,
      type: GatewayDispatchEvents.GuildDelete,
      data: { id: guildId },
      size: 0,
    })
  }

  /** Takes one dispatch in. Each position comes once, in order: the connection sees to it. */
  receive({ generation, seq, type, data, size }: Dispatch): void {
    if (this.#generation !== generation)
      throw new Error(`a dispatch of generation ${generation} outside its session`)
    const { metrics, shard } = this.#options
    const guildId = guildOfEvent(type, data)
    this.#window.receive(seq)
    metrics.received(shard.shardId, guildId !== null)
    if (guildId) {
      this.#append(guildId, { position: { generation, seq }, type, data, size })
      return
    }
    this.#window.settle(seq)
    this.#options.onCommitted()
  }

  /** Routes have changed: of one guild, or of any. */
  reroute(guildId: GuildId | null): void {
    this.#scheduler.reroute(guildId)
  }

  /**
   * The earlier events of these guilds, as far as there are any, lie on this gateway's disk by now.
   * @throws SqliteError where the disk cannot be read: then nothing has changed
   */
  fetched(guildIds: readonly GuildId[]): void {
    this.#parking.reread()
    for (const guildId of guildIds) this.#fetched.add(this.#lane(guildId).lane)
    this.#joinFetched()
  }

  /** Resolves when everything received is durable or parked, or when the signal aborts: what is left will be replayed. */
  async settle(signal: AbortSignal): Promise<void> {
    this.#parking.settle()
    if (this.#held.events === 0 || signal.aborted) return
    await new Promise<void>((resolve) => {
      this.#settled.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    this.#parking.settle()
  }

  report(): void {
    const { metrics, shard } = this.#options
    metrics.depth(shard.shardId, {
      unacked: this.#held.events,
      lanes: this.#lanes.size,
      waiting: this.#scheduler.waitingCount,
      seqLag: this.#window.receivedSeq - this.#window.lowWatermark,
      parked: this.#parking.depth,
      blocked: [...this.#lanes.values()].filter(({ lane }) => lane.blocked).length,
    })
  }

  close(): void {
    clearInterval(this.#tending)
    clearImmediate(this.#tendSoon)
    this.#scheduler.close()
    this.#parking.close()
  }

  /** What came for the lanes meanwhile goes behind what was fetched; a disk that fails is tried again. */
  #joinFetched(): void {
    if (this.#fetched.size === 0) return
    const lanes = [...this.#fetched]
    const released = this.#parking.park(lanes, true)
    if (!released) return
    this.#fetched.clear()
    this.#settle(released)
    for (const lane of lanes) {
      lane.unblock()
      this.#scheduler.wake(lane)
    }
  }

  /** Lanes of which earlier events lie on some disk go on with those. */
  #inherit(): void {
    const { parking, shard } = this.#options
    const here = parking.disk.spans(shard.shardId)
    const last = new Map<GuildId, Position>()
    for (const { guildId, through } of [...here, ...parking.inherited]) {
      const before = last.get(guildId)
      if (!before || comparePositions(through, before) > 0) last.set(guildId, through)
    }
    for (const [guildId, position] of last) this.#lane(guildId, position)
    for (const { guildId, keeper } of parking.inherited) {
      if (keeper !== shard.holder.gatewayId) this.#lane(guildId).lane.block()
    }
    for (const { guildId } of here) {
      const { lane } = this.#lane(guildId)
      lane.park()
      this.#scheduler.wake(lane)
    }
  }

  #lane(guildId: GuildId, last: Position | null = null): LaneEntry {
    let entry = this.#lanes.get(guildId)
    if (!entry) {
      entry = { lane: new Lane(guildId, last), progressAtMs: Number.NEGATIVE_INFINITY }
      this.#lanes.set(guildId, entry)
    }
    return entry
  }

  #append(guildId: GuildId, event: Omit<HeldEvent, 'previous' | 'receivedAtMs'>): void {
    const { lane } = this.#lane(guildId)
    if (lane.hasFromBefore(event.position)) {
      this.#window.settle(event.position.seq)
      this.#options.onCommitted()
      return
    }
    const held = lane.append({ ...event, receivedAtMs: this.#options.clock.monotonicMs() })
    this.#hold(1, event.size)
    if (lane.parked) this.#parking.append(lane, held)
    this.#scheduler.wake(lane)
  }

  #refill(lane: Lane): void {
    const { events, gap } = this.#parking.refill(lane)
    this.#hold(events.length, sizeOf(events))
    if (gap) this.#gap(lane.guildId, gap)
  }

  #durable(lane: Lane, through: Position, events: readonly HeldEvent[]): void {
    const entry = this.#lanes.get(lane.guildId)
    if (entry) entry.progressAtMs = this.#options.clock.monotonicMs()
    this.#parking.forget(lane.guildId, through)
    if (events.length > 0) this.#settle(events)
  }

  /** These are durable or on the disk, and memory lets go of them. */
  #settle(events: readonly HeldEvent[]): void {
    for (const { position } of events) {
      if (position.generation === this.#generation) this.#window.settle(position.seq)
    }
    this.#hold(-events.length, -sizeOf(events))
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
      this.#tendSoon ??= setImmediate(() => this.#tend())
    } else if (this.#full && share <= roomShare) {
      this.#full = false
      onPressure(false)
    }
  }

  /** Parks what waits for owners that are away; where memory is full, whatever does not move at the moment. */
  #tend(): void {
    clearImmediate(this.#tendSoon)
    this.#tendSoon = undefined
    this.#joinFetched()
    const { clock, metrics, shard, log } = this.#options
    const chosen = chooseToPark(this.#lanes.values(), clock.monotonicMs(), this.#full)
    if (chosen.length === 0) return
    const lanes = chosen.map(({ lane }) => lane)
    const events = this.#parking.park(lanes)
    if (!events) return
    metrics.parked(shard.shardId, events.length)
    log.debug(
      { shardId: shard.shardId, lanes: lanes.length, events: events.length },
      'lanes parked: their owners do not take their events',
    )
    this.#settle(events)
    for (const lane of lanes) this.#scheduler.wake(lane)
    this.#tendSoon = setImmediate(() => this.#tend())
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

function sizeOf(events: readonly HeldEvent[]): number {
  return events.reduce((sum, { size }) => sum + size, 0)
}

import type { GuildId, Position } from '@guildmesh/contracts'
import type { ParkedEvent, ParkedEvents } from '@guildmesh/guild-store'
import type { Clock, LogPort, Timers } from '@guildmesh/runtime'
import { Alarm } from './alarm.ts'
import type { EventMemory } from './event-memory.ts'
import type { HeldEvent, LaneLoss } from './held-event.ts'
import type { Lane } from './lane.ts'
import { ParkedIndex } from './parked-index.ts'
import type { ParkedMarks } from './parked-marks.ts'
import type { ParkingSpace } from './parking-space.ts'
import { isBefore } from './position-order.ts'

export interface ParkingOptions {
  readonly shardId: number
  readonly disk: ParkedEvents
  readonly space: ParkingSpace
  readonly marks: ParkedMarks
  readonly memory: Pick<EventMemory, 'hold' | 'settle'>
  /** What was delivered is off the disk, and the marks say so. */
  readonly onForgotten: () => void
  readonly clock: Clock
  readonly timers: Timers
  readonly log: LogPort
}

/** One transaction a moment, not one an event; until it is done the events are in memory. */
const writeDelayMs = 25
const writeRetryMs = 1000
/** What is durable is dropped from the disk some time later: dropping it twice, or never, harms nothing. */
const forgetDelayMs = 200
/** Of a parked lane so much is in memory at a time. */
const refillLimit = { events: 256, size: 1024 * 1024 }

interface Unwritten {
  readonly lane: Lane
  readonly event: HeldEvent
}

/** The disk of the parked lanes of one shard. */
export class Parking {
  readonly #options: ParkingOptions
  readonly #index: ParkedIndex
  readonly #writing: Alarm
  readonly #forgetting: Alarm
  /** New events of parked lanes. */
  #unwritten: Unwritten[] = []
  /** Up to where events on the disk are durable at their owners. */
  #durable = new Map<GuildId, Position>()
  #isClosed = false

  constructor(options: ParkingOptions) {
    this.#options = options
    this.#index = new ParkedIndex(options.marks)
    this.#writing = new Alarm(options.timers, () => this.#write())
    this.#forgetting = new Alarm(options.timers, () => this.#forgetDurable())
    this.reread()
  }

  /** Lanes and events on the disk. */
  get depth(): { readonly lanes: number; readonly events: number } {
    return this.#index.depth
  }

  /** Takes over what lies on the disk of this shard, whoever wrote it. */
  reread(): void {
    const { disk, shardId, space } = this.#options
    this.#index.replace(disk.spans(shardId))
    space.measure()
  }

  /**
   * Parks lanes: what they hold is on the disk when this returns, and memory lets go of it.
   * @param force also if the disk has no room left
   * @returns of how many events memory let go; `null`: the disk has no room or fails, and nothing has changed
   */
  park(lanes: readonly Lane[], force = false): number | null {
    if (this.#options.space.isFull && !force) return null
    // What a parked lane has in memory came from the disk.
    const toWrite = lanes.filter(({ events }) => !events.isParked)
    const isOnDisk = this.#store(
      toWrite.flatMap((lane) => lane.events.held.map((event) => ({ lane, event }))),
    )
    if (!isOnDisk) return null
    const released = lanes.flatMap(({ events }) => events.park())
    this.#options.memory.settle(released)
    return released.length
  }

  /** Takes the latest event of a parked lane; memory lets go of it once it is on the disk. */
  append(lane: Lane, event: HeldEvent): void {
    this.#unwritten.push({ lane, event })
    this.#writing.set(writeDelayMs)
  }

  /**
   * Brings the next events of a parked lane into memory.
   * @returns the loss that showed
   * @throws SqliteError if the disk cannot be read
   */
  refill(lane: Lane): LaneLoss | null {
    const { disk, shardId, memory } = this.#options
    // Unwritten events would be overtaken by those that come once the lane is in memory again.
    const isWritten = this.#write()
    const events = disk
      .load(shardId, lane.guildId, lane.events.readAfter, refillLimit)
      .map((event) => this.#fromDisk(event))
    const loss = lane.events.refill(events, isWritten && this.#isAll(lane, events))
    memory.hold(events)
    return loss
  }

  /** Everything of the guild up to a position is durable at its owner. */
  forget(guildId: GuildId, through: Position): void {
    if (!this.#index.has(guildId)) return
    this.#durable.set(guildId, through)
    this.#forgetting.set(forgetDelayMs)
  }

  /** Does now what was put off, as far as the disk lets it. */
  settle(): void {
    this.#write()
    this.#forgetDurable()
  }

  /** Writes and drops nothing more. */
  close(): void {
    this.#isClosed = true
    this.#writing.clear()
    this.#forgetting.clear()
  }

  /** Whether memory has everything of the lane that lies on the disk, with these events that it gets. */
  #isAll({ guildId, events: { held } }: Lane, next: readonly HeldEvent[]): boolean {
    const { disk, shardId } = this.#options
    const last = next.at(-1)
    if (last && isBefore(last.position, this.#index.through(guildId))) return false
    // An owner that falls back needs what it had applied and not made durable.
    this.#forgetDurable()
    const [first] = disk.load(shardId, guildId, null, { events: 1, size: 0 })
    const head = held[0] ?? next[0]
    return !first || (head !== undefined && !isBefore(first.position, head.position))
  }

  /** @returns whether nothing is unwritten any more */
  #write(): boolean {
    this.#writing.clear()
    const unwritten = this.#unwritten
    if (unwritten.length === 0) return true
    if (this.#isClosed) return false
    if (this.#options.space.isFull || !this.#store(unwritten)) {
      this.#writing.set(writeRetryMs)
      return false
    }
    this.#unwritten = []
    this.#options.memory.settle(unwritten.map(({ event }) => event))
    return true
  }

  /** @returns whether they are on the disk */
  #store(held: readonly Unwritten[]): boolean {
    if (held.length === 0) return true
    const { disk, shardId, space, log } = this.#options
    let added: ReturnType<ParkedEvents['park']>
    try {
      added = disk.park(
        shardId,
        held.map(({ lane, event }) => this.#toDisk(lane.guildId, event)),
      )
    } catch (error) {
      log.error(
        { event: 'parking-failed', shardId, err: error },
        'could not park events on the disk; they stay in memory',
      )
      return false
    }
    const last = new Map(held.map(({ lane, event }) => [lane.guildId, event.position]))
    for (const [guildId, through] of last) {
      const { events = 0, size = 0 } = added.get(guildId) ?? {}
      this.#index.written(guildId, through, events)
      space.add(size)
    }
    return true
  }

  #forgetDurable(): void {
    this.#forgetting.clear()
    if (this.#isClosed || this.#durable.size === 0) return
    const { disk, shardId, space, log, onForgotten } = this.#options
    const durable = [...this.#durable].map(([guildId, through]) => ({ guildId, through }))
    this.#durable.clear()
    let freed: ReturnType<ParkedEvents['forget']>
    try {
      freed = disk.forget(shardId, durable)
    } catch (error) {
      log.warn(
        { event: 'forgetting-failed', shardId, err: error },
        'could not drop delivered events from the disk; after a restart they are sent once more, and skipped',
      )
      return
    }
    for (const [guildId, { events, size }] of freed) {
      space.add(-size)
      this.#index.dropped(guildId, events)
    }
    onForgotten()
  }

  #toDisk(guildId: GuildId, event: HeldEvent): ParkedEvent {
    const { position, previous, type, data, size, receivedAtMs } = event
    const { clock } = this.#options
    const receivedAt = clock.now() - (clock.monotonicMs() - receivedAtMs)
    return { guildId, position, previous, type, data, size, receivedAt }
  }

  #fromDisk({ position, previous, type, data, size, receivedAt }: ParkedEvent): HeldEvent {
    const { clock } = this.#options
    const receivedAtMs = clock.monotonicMs() - Math.max(0, clock.now() - receivedAt)
    return { position, previous, type, data, size, receivedAtMs }
  }
}

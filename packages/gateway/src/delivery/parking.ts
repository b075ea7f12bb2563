import { comparePositions, type GuildId, type Position } from '@guildmesh/contracts'
import type { ParkedEvent, ParkedEvents } from '@guildmesh/guild-store'
import type { Clock, LogPort } from '@guildmesh/runtime'
import type { HeldEvent, Lane, LaneGap } from './lane.ts'
import type { ParkedMarks } from './parked-marks.ts'

/** How much may lie parked, over all shards of the gateway. Beyond it reading from Discord pauses instead. */
export class ParkingSpace {
  readonly #disk: Pick<ParkedEvents, 'size'>
  readonly #limit: number
  #used: number

  /** @param limit UTF-16 units of payloads */
  constructor(disk: Pick<ParkedEvents, 'size'>, limit: number) {
    this.#disk = disk
    this.#limit = limit
    this.#used = disk.size
  }

  get used(): number {
    return this.#used
  }

  get isFull(): boolean {
    return this.#used >= this.#limit
  }

  add(size: number): void {
    this.#used += size
  }

  /** After changes of which the amount is not known. */
  measure(): void {
    this.#used = this.#disk.size
  }
}

export interface ParkingOptions {
  readonly shardId: number
  readonly disk: ParkedEvents
  readonly space: ParkingSpace
  readonly marks: ParkedMarks
  readonly clock: Clock
  readonly log: LogPort
  /** These events of parked lanes are on the disk now. */
  readonly onWritten: (events: readonly HeldEvent[]) => void
  /** What was delivered is off the disk, and the marks say so. */
  readonly onForgotten: () => void
}

/** One transaction a moment, not one an event; until it is done the events are in memory. */
const writeDelayMs = 25
/** What is durable is dropped from the disk some time later: dropping it twice, or never, harms nothing. */
const forgetDelayMs = 200
const retryMs = 1000
/** Of a parked lane so much is in memory at a time. */
const refillLimit = { events: 256, size: 1024 * 1024 }

interface OnDisk {
  readonly events: number
  readonly through: Position
}

interface Waiting {
  readonly lane: Lane
  readonly event: HeldEvent
}

/** The disk behind the parked lanes of one shard. */
export class Parking {
  readonly #options: ParkingOptions
  readonly #lanes = new Map<GuildId, OnDisk>()
  #waiting: Waiting[] = []
  #durable = new Map<GuildId, Position>()
  #writeTimer: NodeJS.Timeout | undefined
  #forgetTimer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: ParkingOptions) {
    this.#options = options
    this.reread()
  }

  /** Lanes and events on the disk. */
  get depth(): { readonly lanes: number; readonly events: number } {
    let events = 0
    for (const lane of this.#lanes.values()) events += lane.events
    return { lanes: this.#lanes.size, events }
  }

  /** Takes over what lies on the disk of this shard, whoever wrote it. */
  reread(): void {
    const { disk, marks, shardId, space } = this.#options
    this.#lanes.clear()
    for (const { guildId, through, events } of disk.spans(shardId)) {
      this.#lanes.set(guildId, { through, events })
      marks.kept(guildId, { through, events })
    }
    space.measure()
  }

  /**
   * Parks lanes: what they hold is on the disk when this returns.
   * @returns the events that memory let go of; `null` where the disk has no room or fails: then nothing has changed
   */
  park(lanes: readonly Lane[], force = false): readonly HeldEvent[] | null {
    if (this.#options.space.isFull && !force) return null
    // What a parked lane has in memory came from the disk.
    const toWrite = lanes.filter((lane) => !lane.parked)
    if (!this.#write(toWrite.flatMap((lane) => lane.held.map((event) => ({ lane, event }))))) return null
    const released = lanes.flatMap((lane) => lane.held)
    for (const lane of lanes) lane.park()
    return released
  }

  /** Takes the latest event of a parked lane; `onWritten` tells when it is on the disk. */
  append(lane: Lane, event: HeldEvent): void {
    this.#waiting.push({ lane, event })
    this.#writeTimer ??= setTimeout(() => this.#writeWaiting(), writeDelayMs)
  }

  /**
   * Brings the next events of a parked lane into memory.
   * @returns those events, and the gap that showed
   * @throws SqliteError where the disk cannot be read or written
   */
  refill(lane: Lane): { readonly events: readonly HeldEvent[]; readonly gap: LaneGap | null } {
    const { disk, shardId } = this.#options
    // What waits would otherwise be overtaken by events that come once the lane is in memory again.
    const isWritten = this.#writeWaiting()
    const events = disk
      .load(shardId, lane.guildId, lane.readAfter, refillLimit)
      .map((event) => this.#held(event))
    const isAll = isWritten && this.#isAll(lane, events)
    return { events, gap: lane.refill(events, isAll) }
  }

  /** Whether memory has everything of the lane that lies on the disk, with these events that it gets. */
  #isAll({ guildId, held }: Lane, events: readonly HeldEvent[]): boolean {
    const { disk, shardId } = this.#options
    const through = this.#lanes.get(guildId)?.through
    const last = events.at(-1)
    if (through && last && comparePositions(last.position, through) < 0) return false
    // An owner that falls back needs what it had applied and not made durable.
    this.#forgetDurable()
    const [first] = disk.load(shardId, guildId, null, { events: 1, size: 0 })
    const head = held[0] ?? events[0]
    return !first || (head !== undefined && comparePositions(head.position, first.position) <= 0)
  }

  /** Everything of the guild up to a position is durable at its owner. */
  forget(guildId: GuildId, through: Position): void {
    if (!this.#lanes.has(guildId)) return
    this.#durable.set(guildId, through)
    this.#forgetTimer ??= setTimeout(() => this.#forgetDurable(), forgetDelayMs)
  }

  /** Writes what waits, if it can be written. */
  settle(): void {
    this.#writeWaiting()
    this.#forgetDurable()
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#writeTimer)
    clearTimeout(this.#forgetTimer)
  }

  /** @returns whether nothing waits any more */
  #writeWaiting(): boolean {
    clearTimeout(this.#writeTimer)
    this.#writeTimer = undefined
    if (this.#closed || this.#waiting.length === 0) return this.#waiting.length === 0
    const waiting = this.#waiting
    if (this.#options.space.isFull || !this.#write(waiting)) {
      this.#writeTimer = setTimeout(() => this.#writeWaiting(), retryMs)
      return false
    }
    this.#waiting = []
    this.#options.onWritten(waiting.map(({ event }) => event))
    return true
  }

  #write(held: readonly Waiting[]): boolean {
    if (held.length === 0) return true
    const { disk, shardId, space, marks, log } = this.#options
    let added: ReturnType<ParkedEvents['park']>
    try {
      added = disk.park(
        shardId,
        held.map(({ lane, event }) => this.#parked(lane.guildId, event)),
      )
    } catch (error) {
      log.error({ shardId, err: error }, 'events could not be parked on the disk; they stay in memory')
      return false
    }
    const last = new Map(held.map(({ lane, event }) => [lane.guildId, event.position]))
    for (const [guildId, position] of last) {
      const before = this.#lanes.get(guildId)
      const through = before && comparePositions(before.through, position) > 0 ? before.through : position
      const mark = { through, events: (before?.events ?? 0) + (added.get(guildId)?.events ?? 0) }
      this.#lanes.set(guildId, mark)
      marks.kept(guildId, mark)
    }
    for (const { size } of added.values()) space.add(size)
    return true
  }

  #forgetDurable(): void {
    clearTimeout(this.#forgetTimer)
    this.#forgetTimer = undefined
    if (this.#closed || this.#durable.size === 0) return
    const { disk, shardId, space, marks, log } = this.#options
    const durable = this.#durable
    this.#durable = new Map()
    let freed: ReturnType<ParkedEvents['forget']>
    try {
      freed = disk.forget(
        shardId,
        [...durable].map(([guildId, through]) => ({ guildId, through })),
      )
    } catch (error) {
      // They are delivered once more after a restart, and skipped there.
      log.warn({ shardId, err: error }, 'delivered events could not be dropped from the disk')
      return
    }
    for (const [guildId, { events, size }] of freed) {
      space.add(-size)
      const lane = this.#lanes.get(guildId)
      if (!lane) continue
      const left = { ...lane, events: lane.events - events }
      if (left.events > 0) {
        this.#lanes.set(guildId, left)
        marks.kept(guildId, left)
      } else {
        this.#lanes.delete(guildId)
        marks.goneHere(guildId)
      }
    }
    this.#options.onForgotten()
  }

  #parked(guildId: GuildId, event: HeldEvent): ParkedEvent {
    const { position, previous, type, data, size, receivedAtMs } = event
    const { clock } = this.#options
    return {
      guildId,
      position,
      previous,
      type,
      data,
      size,
      receivedAt: clock.now() - (clock.monotonicMs() - receivedAtMs),
    }
  }

  #held({ position, previous, type, data, size, receivedAt }: ParkedEvent): HeldEvent {
    const { clock } = this.#options
    const receivedAtMs = clock.monotonicMs() - Math.max(0, clock.now() - receivedAt)
    return { position, previous, type, data, size, receivedAtMs }
  }
}

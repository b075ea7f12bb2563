import type { Position } from '@guildmesh/contracts'
import type { HeldEvent, LaneLoss, ReceivedEvent } from './held-event.ts'
import { isBefore, isSame, latestOf, type Place } from './position-order.ts'

/** Where the events of a lane lie that are not durable yet. */
type Storage =
  /** All of them in memory. */
  | { readonly name: 'memory' }
  /** All of them on the disk (*parked*). Memory has copies of the next of them. */
  | {
      readonly name: 'disk'
      /** What is to be sent lies after this on the disk, as far as it is not in memory. */
      readonly readThrough: Place
      /** Where the owner says that it stands, until what follows there was read. */
      readonly rewoundTo: { readonly cursor: Place } | null
    }

export interface LaneProgress {
  /** Now durable, and forgotten. */
  readonly durable: readonly HeldEvent[]
  /** Newly known to be committed by the owner. */
  readonly applied: readonly HeldEvent[]
  /** Whether the owner has more than was known before. */
  readonly isProgress: boolean
}

export interface Rewound {
  /** Copies of parked events that memory let go of: they are read again. */
  readonly released: readonly HeldEvent[]
  readonly loss: LaneLoss | null
}

/**
 * The events of one guild at the holder of its shard, in order: from the first that is not durable, with a note of which
 * of them are with the owner. It does no I/O; whoever parks it writes and reads the disk.
 */
export class LaneQueue {
  readonly #inherited: Place
  #last: Place
  #storage: Storage
  #events: HeldEvent[] = []
  /** Index of the first event that the owner is not known to have applied. */
  #next = 0
  /** Everything up to here is committed by the owner. */
  #applied: Place = null

  /**
   * @param last the latest event that an earlier holder parked; everything up to it lies on some disk
   * @param isParked whether some of it lies on this gateway's disk
   */
  constructor(last: Place = null, isParked = false) {
    this.#inherited = last
    this.#last = last
    this.#storage = isParked ? { name: 'disk', readThrough: null, rewoundTo: null } : { name: 'memory' }
  }

  /** Whether an earlier holder parked the event: Discord replays some of those. */
  hasFromBefore(position: Position): boolean {
    return !isBefore(this.#inherited, position)
  }

  /** Events in memory that are not yet durable. */
  get held(): readonly HeldEvent[] {
    return this.#events
  }

  /** Whether its events lie on the disk. */
  get isParked(): boolean {
    return this.#storage.name === 'disk'
  }

  /** Whether there are events that the owner is not known to have. */
  get hasMore(): boolean {
    if (this.#next < this.#events.length) return true
    return this.isParked && isBefore(this.#applied, this.#last)
  }

  /** Whether what goes out next must be read from the disk first: `refill` with what lies after `readAfter`. */
  get wantsRefill(): boolean {
    return this.isParked && this.#next >= this.#events.length
  }

  get readAfter(): Place {
    const last = this.#events.at(-1)
    if (last) return last.position
    return this.#storage.name === 'disk' ? this.#storage.readThrough : null
  }

  /** Takes the latest event. In a parked lane memory does not keep it: it must go to the disk. */
  append(event: ReceivedEvent): HeldEvent {
    if (!isBefore(this.#last, event.position)) {
      throw new RangeError(`position ${event.position.generation}:${event.position.seq} does not rise`)
    }
    const held = { ...event, previous: this.#last }
    this.#last = event.position
    if (!this.isParked) this.#events.push(held)
    return held
  }

  /** The next events to send, in order: at least one if there is one, within the limits beyond it. */
  next(limit: { readonly events: number; readonly size: number }): readonly HeldEvent[] {
    let end = this.#next
    let size = 0
    while (end < this.#events.length && end - this.#next < limit.events) {
      size += this.#events[end]?.size ?? 0
      if (end > this.#next && size > limit.size) break
      end += 1
    }
    return this.#events.slice(this.#next, end).map(linkedAcrossLoss)
  }

  /**
   * The owner has committed everything up to `applied`, of which everything up to `durable` survives its disk.
   * An owner may state more than this holder has sent: it had the events from the holder before.
   */
  acknowledge(applied: Position, durable: Place): LaneProgress {
    const isProgress = isBefore(this.#applied, applied)
    if (isProgress) this.#applied = applied
    const { readAfter } = this
    const appliedCount = Math.max(this.#next, this.#countUpTo(applied))
    const newlyApplied = this.#events.slice(this.#next, appliedCount)
    this.#next = appliedCount
    const forgotten = this.#events.splice(0, Math.min(this.#countUpTo(durable), this.#next))
    this.#next -= forgotten.length
    if (this.#storage.name === 'disk') {
      this.#storage = {
        ...this.#storage,
        readThrough: latestOf(this.#storage.readThrough, readAfter, applied),
      }
    }
    return { durable: forgotten, applied: newlyApplied, isProgress }
  }

  /**
   * A sequence gap: the owner has everything up to `cursor`, and not the event before the one it was sent. What follows
   * the cursor goes out next. If this holder no longer has it, that is data loss, and the lane goes on after it.
   * A parked lane tells of a loss at its next `refill`.
   */
  rewind(cursor: Place): Rewound {
    this.#applied = cursor
    switch (this.#storage.name) {
      case 'memory':
        this.#next = this.#countUpTo(cursor)
        return { released: [], loss: this.#linkTo(cursor) }
      case 'disk': {
        const released = this.#events
        this.#events = []
        this.#next = 0
        this.#storage = { name: 'disk', readThrough: cursor, rewoundTo: { cursor } }
        return { released, loss: null }
      }
      default:
        return this.#storage satisfies never
    }
  }

  /**
   * Everything it holds is on the disk now.
   * @returns the events that memory let go of
   */
  park(): readonly HeldEvent[] {
    const released = this.#events
    const rewoundTo = this.#storage.name === 'disk' ? this.#storage.rewoundTo : null
    this.#events = []
    this.#next = 0
    this.#storage = { name: 'disk', readThrough: this.#applied, rewoundTo }
    return released
  }

  /**
   * Puts the next events from the disk into memory.
   * @param isAll memory has everything then that lies on the disk: the lane is no longer parked
   * @returns the loss that showed, if the disk does not have what follows the cursor that the owner stated
   */
  refill(events: readonly HeldEvent[], isAll: boolean): LaneLoss | null {
    const storage = this.#storage
    if (storage.name === 'memory') throw new Error('only a parked lane can be refilled')
    this.#events.push(...events)
    this.#storage = isAll ? { name: 'memory' } : { ...storage, rewoundTo: null }
    return storage.rewoundTo ? this.#linkTo(storage.rewoundTo.cursor) : null
  }

  /** Links the next event to the owner's cursor. @returns what is lost between the two, if anything is */
  #linkTo(cursor: Place): LaneLoss | null {
    const head = this.#events[this.#next]
    if (!head) return null
    // What comes before it in the lane stays noted: on the disk, for a later owner, the loss is found out again.
    const { loss: _, ...event } = head
    const isLinked = head.previous === null || isSame(head.previous, cursor)
    this.#events[this.#next] = isLinked ? event : { ...event, loss: { after: cursor } }
    return isLinked ? null : { after: cursor, before: head.position }
  }

  /** How many held events stand at or before a place. */
  #countUpTo(place: Place): number {
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const event = this.#events[middle]
      if (event && !isBefore(place, event.position)) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** For an owner that cannot have the event before it any more. */
function linkedAcrossLoss(event: HeldEvent): HeldEvent {
  return event.loss ? { ...event, previous: event.loss.after } : event
}

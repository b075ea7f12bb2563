import { comparePositions, type GuildId, type Position } from '@guildmesh/contracts'

/** An event that a lane holds until it is durable at the guild's owner. */
export interface HeldEvent {
  readonly position: Position
  /** The lane's event before it, as an owner must have it; see `LaneEvent.previous`. */
  readonly previous: Position | null
  readonly type: string
  readonly data: unknown
  readonly size: number
  /** Monotonic time of receipt, milliseconds. */
  readonly receivedAtMs: number
}

/** Events of the lane that no owner has and that the holder no longer holds: between `after` and `before`. */
export interface LaneGap {
  readonly after: Position | null
  readonly before: Position
}

export interface LaneProgress {
  /** Now durable, and forgotten. */
  readonly durable: readonly HeldEvent[]
  /** Newly known to be committed by the owner. */
  readonly applied: readonly HeldEvent[]
}

/**
 * The ordered queue of one guild's events at the holder of its shard. Holds events from the first that is not
 * durable; remembers which of them are with the owner. One batch is under way at a time, which keeps their order.
 */
export class Lane {
  readonly guildId: GuildId
  #events: HeldEvent[] = []
  /** Index of the first event that the owner is not known to have applied. */
  #next = 0
  #underWay = false
  #last: Position | null = null

  constructor(guildId: GuildId) {
    this.guildId = guildId
  }

  /** Events not yet durable. */
  get depth(): number {
    return this.#events.length
  }

  /** Whether there is something to send and nothing under way. */
  get sendable(): boolean {
    return !this.#underWay && this.#next < this.#events.length
  }

  /** The event that goes out next. */
  get head(): HeldEvent | undefined {
    return this.#events[this.#next]
  }

  append(event: Omit<HeldEvent, 'previous'>): void {
    if (this.#last && comparePositions(event.position, this.#last) <= 0) {
      throw new RangeError(`position ${event.position.generation}:${event.position.seq} does not rise`)
    }
    this.#events.push({ ...event, previous: this.#last })
    this.#last = event.position
  }

  /** Takes the next events to send, in order: at least one, within the limits beyond it. Ends with `returned`. */
  take(limit: { readonly events: number; readonly size: number }): readonly HeldEvent[] {
    if (!this.sendable) return []
    let end = this.#next
    let size = 0
    while (end < this.#events.length && end - this.#next < limit.events) {
      size += this.#events[end]?.size ?? 0
      if (end > this.#next && size > limit.size) break
      end += 1
    }
    this.#underWay = true
    return this.#events.slice(this.#next, end)
  }

  /** The batch under way came back, with or without success: what was not acknowledged goes out again. */
  returned(): void {
    this.#underWay = false
  }

  /**
   * The owner has committed everything up to `applied`, of which everything up to `durable` survives its disk.
   * An owner may state more than this holder has sent: it had the events from the holder before.
   */
  acknowledge(applied: Position, durable: Position | null): LaneProgress {
    const appliedCount = this.#countUpTo(applied)
    const newlyApplied = this.#events.slice(this.#next, Math.max(this.#next, appliedCount))
    this.#next = Math.max(this.#next, appliedCount)
    const forgotten = durable ? this.#events.splice(0, Math.min(this.#countUpTo(durable), this.#next)) : []
    this.#next -= forgotten.length
    return { durable: forgotten, applied: newlyApplied }
  }

  /**
   * The owner has everything up to `cursor` and not the event before the one it was sent: go on from the cursor.
   * @returns the gap where the holder no longer has what comes after the cursor. The lane then goes on behind it.
   */
  rewind(cursor: Position | null): LaneGap | null {
    this.#next = cursor ? this.#countUpTo(cursor) : 0
    const head = this.#events[this.#next]
    if (!head || head.previous === null || samePosition(head.previous, cursor)) return null
    const gap = { after: cursor, before: head.position }
    this.#events[this.#next] = { ...head, previous: cursor }
    return gap
  }

  /** How many held events stand at or below a position. */
  #countUpTo(position: Position): number {
    let low = 0
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const event = this.#events[middle]
      if (event && comparePositions(event.position, position) <= 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

function samePosition(a: Position, b: Position | null): boolean {
  return b !== null && comparePositions(a, b) === 0
}

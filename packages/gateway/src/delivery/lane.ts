import { comparePositions, type GuildId, type Position } from '@guildmesh/contracts'

/** An event that a lane holds until it is durable at the guild's owner. */
export interface HeldEvent {
  readonly position: Position
  /** The lane's event before it, as an owner must have it; see `LaneEvent.previous`. Across a gap `take` gives its begin. */
  readonly previous: Position | null
  /** Events before it are lost, from the owner's cursor on; see `LaneEvent.gap`. */
  readonly gap?: { readonly after: Position | null }
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
  /** Whether the owner has more than was known before. */
  readonly isProgress: boolean
}

/**
 * The ordered queue of one guild's events at the holder of its shard. Holds events from the first that is not
 * durable; remembers which of them are with the owner. One batch is under way at a time, which keeps their order.
 *
 * A lane can be *parked*: its events then lie on disk, and memory has at most the next of them, copied from there by
 * `refill`. The lane itself does no I/O; who parks it sees to the disk.
 */
export class Lane {
  readonly guildId: GuildId
  #events: HeldEvent[] = []
  /** Index of the first event that the owner is not known to have applied. */
  #next = 0
  #underWay = false
  #blocked = false
  #parked = false
  readonly #inherited: Position | null
  #last: Position | null
  /** Everything up to here is committed by the owner. */
  #applied: Position | null = null
  /** Of a parked lane: what is to be sent lies behind this on the disk, as far as it is not in memory. */
  #readThrough: Position | null = null
  /** Where the owner stands, if it said so and the disk is still to be compared with it. */
  #rewoundTo: { readonly cursor: Position | null } | null = null

  /** @param last the lane's latest event that an earlier holder parked; everything up to it lies on some disk */
  constructor(guildId: GuildId, last: Position | null = null) {
    this.guildId = guildId
    this.#inherited = last
    this.#last = last
  }

  /** Whether the event was parked by an earlier holder: Discord replays some of those. */
  hasFromBefore(position: Position): boolean {
    return this.#inherited !== null && comparePositions(position, this.#inherited) <= 0
  }

  /** Events in memory that are not yet durable. */
  get depth(): number {
    return this.#events.length
  }

  /** Events in memory that are not yet durable. */
  get held(): readonly HeldEvent[] {
    return this.#events
  }

  /** Whether events lie on disk behind those in memory. */
  get parked(): boolean {
    return this.#parked
  }

  /** Whether earlier events of the lane are still to be fetched from elsewhere. */
  get blocked(): boolean {
    return this.#blocked
  }

  /** Whether there is something to send and nothing under way. */
  get sendable(): boolean {
    if (this.#underWay || this.#blocked) return false
    if (this.#next < this.#events.length) return true
    return this.#parked && isBehind(this.#applied, this.#last)
  }

  /** Whether what goes out next must be read from the disk first: `refill` with what lies behind `readAfter`. */
  get wantsRefill(): boolean {
    return this.#parked && this.#next >= this.#events.length
  }

  get readAfter(): Position | null {
    return this.#events.at(-1)?.position ?? this.#readThrough
  }

  /** Takes in the latest event. In a parked lane it is not held in memory: it must go to the disk. */
  append(event: Omit<HeldEvent, 'previous'>): HeldEvent {
    if (this.#last && comparePositions(event.position, this.#last) <= 0) {
      throw new RangeError(`position ${event.position.generation}:${event.position.seq} does not rise`)
    }
    const held = { ...event, previous: this.#last }
    this.#last = event.position
    if (!this.#parked) this.#events.push(held)
    return held
  }

  /** Everything held is on the disk now: memory lets go of it. */
  park(): void {
    this.#parked = true
    this.#events = []
    this.#next = 0
    this.#readThrough = this.#applied
  }

  /**
   * Puts the next events from the disk into memory.
   * @param isAll memory has everything then that lies on the disk: the lane is no longer parked
   * @returns the gap where the disk does not have what comes after the cursor that the owner stated; see `rewind`
   */
  refill(events: readonly HeldEvent[], isAll: boolean): LaneGap | null {
    const rewound = this.#rewoundTo
    this.#rewoundTo = null
    this.#events.push(...events)
    this.#parked = !isAll
    return rewound ? this.#linkTo(rewound.cursor) : null
  }

  /** Lets nothing out: earlier events of the lane are still to be fetched. */
  block(): void {
    this.#blocked = true
  }

  unblock(): void {
    this.#blocked = false
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
    this.#underWay = end > this.#next
    const taken = this.#events.slice(this.#next, end)
    return taken.some(({ gap }) => gap) ? taken.map(linkedAcrossGap) : taken
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
    const isProgress = isBehind(this.#applied, applied)
    if (isProgress) this.#applied = applied
    const appliedCount = this.#countUpTo(applied)
    const newlyApplied = this.#events.slice(this.#next, Math.max(this.#next, appliedCount))
    this.#next = Math.max(this.#next, appliedCount)
    this.#readThrough = latest(this.#readThrough, this.readAfter, applied)
    const forgotten = durable ? this.#events.splice(0, Math.min(this.#countUpTo(durable), this.#next)) : []
    this.#next -= forgotten.length
    return { durable: forgotten, applied: newlyApplied, isProgress }
  }

  /**
   * The owner has everything up to `cursor` and not the event before the one it was sent: go on from the cursor.
   * @returns the gap where the holder no longer has what comes after the cursor. The lane then goes on behind it. A
   *   parked lane tells at its next `refill`.
   */
  rewind(cursor: Position | null): LaneGap | null {
    this.#applied = cursor
    if (this.#parked) {
      this.#events = []
      this.#next = 0
      this.#readThrough = cursor
      this.#rewoundTo = { cursor }
      return null
    }
    this.#next = cursor ? this.#countUpTo(cursor) : 0
    return this.#linkTo(cursor)
  }

  #linkTo(cursor: Position | null): LaneGap | null {
    const head = this.#events[this.#next]
    if (!head) return null
    // What comes before it in the lane is kept: on the disk, for a later owner, the gap is found out anew.
    const { gap: _, ...event } = head
    const isLinked = head.previous === null || samePosition(head.previous, cursor)
    this.#events[this.#next] = isLinked ? event : { ...event, gap: { after: cursor } }
    return isLinked ? null : { after: cursor, before: head.position }
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

/** For an owner that cannot have the event before it any more. */
function linkedAcrossGap(event: HeldEvent): HeldEvent {
  return event.gap ? { ...event, previous: event.gap.after } : event
}

function samePosition(a: Position, b: Position | null): boolean {
  return b !== null && comparePositions(a, b) === 0
}

function isBehind(a: Position | null, b: Position | null): boolean {
  return b !== null && (a === null || comparePositions(a, b) < 0)
}

function latest(...positions: readonly (Position | null)[]): Position | null {
  return positions.reduce((a, b) => (isBehind(a, b) ? b : a), null)
}

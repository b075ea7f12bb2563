import type { GuildId, Position } from '@guildmesh/contracts'
import type { ParkedMarks } from './parked-marks.ts'
import { isBefore } from './position-order.ts'

/** What lies on the disk of one lane. */
interface Span {
  readonly events: number
  /** The last of them. */
  readonly through: Position
}

/** What lies on the disk of one shard's lanes, by guild. Each change goes to the marks, which tell the config API. */
export class ParkedIndex {
  readonly #marks: ParkedMarks
  readonly #spans = new Map<GuildId, Span>()

  constructor(marks: ParkedMarks) {
    this.#marks = marks
  }

  /** Lanes and events on the disk. */
  get depth(): { readonly lanes: number; readonly events: number } {
    let events = 0
    for (const span of this.#spans.values()) events += span.events
    return { lanes: this.#spans.size, events }
  }

  has(guildId: GuildId): boolean {
    return this.#spans.has(guildId)
  }

  /** The last event of the lane that lies on the disk; `null`: none does. */
  through(guildId: GuildId): Position | null {
    return this.#spans.get(guildId)?.through ?? null
  }

  /** This is all that lies on the disk. */
  replace(spans: Iterable<Span & { readonly guildId: GuildId }>): void {
    this.#spans.clear()
    for (const { guildId, through, events } of spans) this.#set(guildId, { through, events })
  }

  /** Events up to a position were written, of which so many were not there before. */
  written(guildId: GuildId, through: Position, events: number): void {
    const before = this.#spans.get(guildId)
    const isLater = !before || isBefore(before.through, through)
    this.#set(guildId, {
      through: isLater ? through : before.through,
      events: (before?.events ?? 0) + events,
    })
  }

  /** So many events were dropped from the disk. */
  dropped(guildId: GuildId, events: number): void {
    const before = this.#spans.get(guildId)
    if (!before) return
    const left = before.events - events
    if (left > 0) this.#set(guildId, { ...before, events: left })
    else {
      this.#spans.delete(guildId)
      this.#marks.goneHere(guildId)
    }
  }

  #set(guildId: GuildId, span: Span): void {
    this.#spans.set(guildId, span)
    this.#marks.kept(guildId, span)
  }
}

import type { GuildId, Position } from '@guildmesh/contracts'
import type { InboxEvent } from '@guildmesh/guild-store'

/** What a lane needs of the rest. */
export interface InboxLanePort {
  /** Events after a position, oldest first. */
  read(guildId: GuildId, after: Position | null, limit: number): InboxEvent[]
  /** Lets the listeners hear an event; gives what they have not finished. */
  emit(guildId: GuildId, event: InboxEvent): readonly Promise<void>[]
  /** Removes rows. Rejects if they cannot be removed now. */
  remove(guildId: GuildId, positions: readonly Position[]): Promise<void>
}

/** Events of one guild whose listeners may run at the same time. */
const largestWindow = 64
/** Events emitted before other guilds get their turn. */
const eventsPerTurn = 16

/**
 * One guild's events on their way to the listeners: emitted in order, without waiting for the listeners of the event
 * before (one may await a later event, as collectors do), and removed when their own have finished. A guild whose
 * listeners hang has at most a window of events under way; its further events wait.
 */
export class InboxLane {
  readonly #guildId: GuildId
  readonly #port: InboxLanePort
  #emitted: Position | null = null
  #underWay = 0
  #settled: Position[] = []
  #removing = false
  #closed = false

  constructor(guildId: GuildId, port: InboxLanePort) {
    this.#guildId = guildId
    this.#port = port
  }

  /** Emits what there is, as far as one turn goes. `more`: call again. `after` is called whenever there is room again. */
  turn(after: () => void): { readonly emitted: number; readonly more: boolean } {
    const room = Math.min(largestWindow - this.#underWay, eventsPerTurn)
    if (this.#closed || room <= 0) return { emitted: 0, more: false }
    const events = this.#port.read(this.#guildId, this.#emitted, room)
    for (const event of events) {
      this.#emitted = event.position
      this.#underWay += 1
      const running = this.#port.emit(this.#guildId, event)
      if (running.length === 0) this.#settle(event.position)
      else {
        void this.#settleLater(event.position, running, after)
      }
    }
    if (this.#settled.length > 0) void this.flush().then(after)
    return { emitted: events.length, more: events.length === room }
  }

  /** Removes the rows whose listeners have finished. Never rejects: what could not be removed is tried again. */
  async flush(): Promise<void> {
    if (this.#removing || this.#closed) return
    this.#removing = true
    try {
      while (this.#settled.length > 0 && !this.#closed) {
        const positions = this.#settled
        this.#settled = []
        try {
          await this.#port.remove(this.#guildId, positions)
          this.#underWay -= positions.length
        } catch {
          // Not ours to write at the moment. The rows are still there: for us later, or for whoever serves the guild.
          this.#settled = [...positions, ...this.#settled]
          return
        }
      }
    } finally {
      this.#removing = false
    }
  }

  /** The guild is served elsewhere. What has not been removed is emitted again there. */
  close(): void {
    this.#closed = true
  }

  async #settleLater(
    position: Position,
    running: readonly Promise<void>[],
    after: () => void,
  ): Promise<void> {
    await Promise.all(running)
    this.#settle(position)
    await this.flush()
    after()
  }

  #settle(position: Position): void {
    this.#settled.push(position)
  }
}

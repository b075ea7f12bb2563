import type { GuildId, Position } from '@guildmesh/contracts'
import {
  add,
  type GuildStore,
  type GuildWriter,
  type InboxEvent,
  insert,
  remove,
} from '@guildmesh/guild-store'
import type { GroupCommit } from '../commit/group-commit.ts'
import { InboxLane } from './inbox-lane.ts'
import { mountedFeature } from '@guildmesh/bot'
import type { Clock, LogPort } from '@guildmesh/runtime'

export interface InboxFeedOptions {
  readonly store: GuildStore
  readonly commits: GroupCommit
  readonly mayServe: () => boolean
  readonly clock: Clock
  readonly log: LogPort
  readonly emit: (guildId: GuildId, event: InboxEvent) => readonly Promise<void>[]
}

/** An event with which this many processes began and ended is taken out: it may be what ends them. */
const mostReplays = 3
/** How soon what could not be removed or read is tried again, milliseconds. */
const againAfterMs = 500

/** Hands the committed events of each guild to the mounted client, guild by guild in turn. */
export class InboxFeed {
  readonly #options: InboxFeedOptions
  readonly #lanes = new Map<GuildId, InboxLane>()
  readonly #opening = new Set<GuildId>()
  readonly #awake = new Set<GuildId>()
  #turn: NodeJS.Immediate | null = null
  #again: NodeJS.Timeout | null = null
  #stopped = false

  constructor(options: InboxFeedOptions) {
    this.#options = options
  }

  /**
   * Begins with a guild: with what an earlier process left, first. Such events are counted, so that one that ends every
   * process is set aside as a dead letter, to be seen and replayed by hand.
   */
  async open(guildId: GuildId): Promise<void> {
    if (this.#lanes.has(guildId) || this.#opening.has(guildId) || this.#stopped) return
    this.#opening.add(guildId)
    const left = this.#options.store.inbox.after(guildId, null, 1).length > 0
    if (left) await this.#countReplays(guildId)
    if (!this.#opening.delete(guildId)) return
    const lane = new InboxLane(guildId, {
      read: (id, after, limit) => this.#options.store.inbox.after(id, after, limit),
      emit: (id, event) => this.#options.emit(id, event),
      remove: (id, positions) => this.#remove(id, positions),
    })
    this.#lanes.set(guildId, lane)
    this.wake([guildId])
  }

  close(guildId: GuildId): void {
    this.#opening.delete(guildId)
    this.#lanes.get(guildId)?.close()
    this.#lanes.delete(guildId)
    this.#awake.delete(guildId)
  }

  /** Something of these guilds was committed. */
  wake(guildIds: Iterable<GuildId>): void {
    for (const guildId of guildIds) if (this.#lanes.has(guildId)) this.#awake.add(guildId)
    if (this.#awake.size > 0 && !this.#stopped) this.#turn ??= setImmediate(() => this.#takeTurn())
  }

  stop(): void {
    this.#stopped = true
    if (this.#turn) clearImmediate(this.#turn)
    if (this.#again) clearTimeout(this.#again)
    for (const lane of this.#lanes.values()) lane.close()
    this.#lanes.clear()
    this.#opening.clear()
  }

  #takeTurn(): void {
    this.#turn = null
    if (this.#stopped) return
    if (!this.#options.mayServe()) return this.#tryAgain()
    const [guildId] = this.#awake
    if (guildId === undefined) return
    this.#awake.delete(guildId)
    try {
      const { more } = this.#lanes.get(guildId)?.turn(() => this.wake([guildId])) ?? { more: false }
      // To the end of the line.
      this.wake(more ? [guildId] : [])
    } catch (error) {
      this.#options.log.error(
        { event: 'inbox-unreadable', err: error, guildId },
        'the inbox of mounted modules cannot be read',
      )
      this.#awake.add(guildId)
      this.#tryAgain()
    }
  }

  #tryAgain(): void {
    if (this.#stopped) return
    this.#again ??= setTimeout(() => {
      this.#again = null
      for (const [guildId, lane] of this.#lanes) void lane.flush().then(() => this.wake([guildId]))
    }, againAfterMs)
    this.#again.unref()
  }

  async #remove(guildId: GuildId, positions: readonly Position[]): Promise<void> {
    try {
      await this.#options.commits.run({
        guildId,
        epoch: null,
        run: (writer) =>
          writer.apply(positions.map(({ generation, seq }) => remove('mountedInbox', { generation, seq }))),
      })
    } catch (error) {
      this.#tryAgain()
      throw error
    }
  }

  async #countReplays(guildId: GuildId): Promise<void> {
    try {
      await this.#options.commits.run({ guildId, epoch: null, run: (writer) => this.#countIn(writer) })
    } catch (error) {
      this.#options.log.warn(
        { event: 'inbox-count-failed', err: error, guildId },
        'events left by an earlier process could not be counted',
      )
    }
  }

  #countIn(writer: GuildWriter): void {
    const { clock, log } = this.#options
    const spent = writer.reader.list('mountedInbox', { replays: mostReplays })
    for (const { generation, seq, type, payload, replays } of spent) {
      writer.apply([
        remove('mountedInbox', { generation, seq }),
        insert('eventDeadLetters', {
          generation,
          seq,
          feature: mountedFeature,
          type,
          payload,
          error: `${replays} processes ended before the listeners of mounted modules had finished with it`,
          attempts: replays,
          diedAt: clock.now(),
        }),
      ])
      log.error(
        { event: 'inbox-event-dead', guildId: writer.guildId, position: { generation, seq }, type },
        'an event is kept from mounted modules: processes keep ending with it',
      )
    }
    writer.apply([add('mountedInbox', {}, 'replays', 1)])
  }
}

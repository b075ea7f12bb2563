import { setImmediate as nextTurn } from 'node:timers/promises'
import type { GuildId } from '@guildmesh/contracts'
import type { GuildReader, GuildStore, InboxEvent } from '@guildmesh/guild-store'
import { isRecord } from '@guildmesh/runtime'
import { guildCreatePayload } from './guild-create-payload.ts'
import type { GuildDescription, Relay } from './relay.ts'

/** Which guilds begin and end to be fed. */
export interface GuildFeed {
  open(guildId: GuildId): Promise<void>
  close(guildId: GuildId): void
}

/** Guilds adopted or released before other work gets its turn. */
const guildsPerTurn = 8

/** Keeps the guilds that a mounted client knows the same as those that this gateway serves. */
export class MountedGuilds {
  readonly #store: GuildStore
  readonly #relay: Relay
  readonly #feed: GuildFeed
  readonly #held = new Set<GuildId>()
  #wanted: ReadonlySet<GuildId>
  #reconciling = false
  #begun = false
  #stopped = false

  constructor(store: GuildStore, relay: Relay, feed: GuildFeed, wanted: readonly GuildId[]) {
    this.#store = store
    this.#relay = relay
    this.#feed = feed
    this.#wanted = new Set(wanted)
  }

  /** Begins the client's session with the guilds that are served now; resolves when it is ready. */
  async begin(): Promise<void> {
    const present = [...this.#wanted].filter((guildId) => this.#describe(guildId, isPresent) !== null)
    void this.#relay.begin(present)
    for (const [index, guildId] of present.entries()) {
      // What the guild is by now; the client waits for each of these.
      const guild = this.#describe(guildId, isDocumented) ?? { id: guildId, unavailable: true }
      void this.#relay.available(guild)
      if (index % guildsPerTurn === guildsPerTurn - 1) await nextTurn()
    }
    for (const guildId of present) await this.#take(guildId)
    this.#begun = true
    await this.#reconcile()
  }

  /** The complete list of served guilds has changed. */
  owns(guildIds: readonly GuildId[]): void {
    this.#wanted = new Set(guildIds)
    if (this.#begun) void this.#reconcile()
  }

  stop(): void {
    this.#stopped = true
  }

  /** Lets the listeners hear an event of the inbox. */
  emit(guildId: GuildId, { kind, type, data }: InboxEvent): readonly Promise<void>[] {
    if (kind === 'dispatch') return this.#relay.dispatch(type, data)
    const guild: GuildDescription = { ...(isRecord(data) ? data : {}), id: guildId }
    switch (kind) {
      case 'join':
        return this.#relay.joined(guild)
      case 'available':
        return this.#relay.available(guild)
      case 'leave':
        return this.#relay.left(guild, this.#describe(guildId, isDocumented))
      default:
        return kind satisfies never
    }
  }

  async #reconcile(): Promise<void> {
    if (this.#reconciling) return
    this.#reconciling = true
    try {
      for (let changes = 1; !this.#stopped; changes++) {
        const gone = [...this.#held].find((guildId) => !this.#wanted.has(guildId))
        const come = [...this.#wanted].find((guildId) => !this.#held.has(guildId))
        if (gone !== undefined) this.#release(gone)
        else if (come !== undefined) await this.#adopt(come)
        else return
        if (changes % guildsPerTurn === 0) await nextTurn()
      }
    } finally {
      this.#reconciling = false
    }
  }

  async #adopt(guildId: GuildId): Promise<void> {
    const guild = this.#describe(guildId, isPresent)
    if (guild) void this.#relay.available(guild)
    await this.#take(guildId)
  }

  async #take(guildId: GuildId): Promise<void> {
    this.#held.add(guildId)
    await this.#feed.open(guildId)
  }

  #release(guildId: GuildId): void {
    this.#held.delete(guildId)
    this.#feed.close(guildId)
    void this.#relay.released(guildId)
  }

  #describe(guildId: GuildId, accepts: (rows: GuildReader) => boolean): GuildDescription | null {
    const read = this.#store.read(guildId, null, ({ rows }) =>
      accepts(rows) ? guildCreatePayload(rows) : null,
    )
    return read.kind === 'done' ? read.value : null
  }
}

function isPresent(rows: GuildReader): boolean {
  return (rows.get('guilds', {}, ['leftAt'])?.leftAt ?? null) === null
}

function isDocumented(): boolean {
  return true
}

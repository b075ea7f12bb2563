import type { EventName, EventPayloads } from './event-payloads.ts'
import type { GuildState } from './entities.ts'

/** One change of the world, as the gateway announces it. Every write of every resource ends in one. */
export interface SimEvent<T extends EventName = EventName> {
  name: T
  /** Null for events outside guilds, which go to shard 0. */
  guild: GuildState | null
  /** Where the bot must be able to look to hear of it; null when the guild suffices. */
  channelId: string | null
  payload: EventPayloads[T]
  /** True for what concerns the bot itself, which hears of it wherever it looks. */
  forSelf: boolean
  /** The payload for sessions without the MESSAGE_CONTENT intent, where it differs. */
  withoutContent: (() => EventPayloads[T]) | null
  /** The payload for sessions without the GUILD_MEMBERS intent, where it differs; null where they hear nothing. */
  withoutMembers: (() => EventPayloads[T] | null) | null
  /** Epoch milliseconds. */
  at: number
}

type Listener = (event: SimEvent) => void

/**
 * Carries each event to everyone who listens, in the order of the writes: at once, or while `held` until the write is
 * through, so that an event of the same write can go ahead of the others.
 */
export class EventBus {
  readonly #listeners = new Set<Listener>()
  readonly #now: () => number
  /** Events of the write under way, those that go ahead first. */
  readonly #ahead: SimEvent[] = []
  readonly #waiting: SimEvent[] = []
  held = false

  constructor(now: () => number) {
    this.#now = now
  }

  /** Returns the function that stops listening. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  emit<T extends EventName>(
    name: T,
    guild: GuildState | null,
    payload: EventPayloads[T],
    options: {
      channelId?: string | null
      forSelf?: boolean
      withoutContent?: (() => EventPayloads[T]) | null
      withoutMembers?: (() => EventPayloads[T] | null) | null
      /** Before the other events of this write, if they are held. */
      ahead?: boolean
    } = {},
  ): void {
    const event: SimEvent<T> = {
      name,
      guild,
      payload,
      channelId: options.channelId ?? null,
      forSelf: options.forSelf ?? false,
      withoutContent: options.withoutContent ?? null,
      withoutMembers: options.withoutMembers ?? null,
      at: this.#now(),
    }
    if (!this.held && this.#waiting.length + this.#ahead.length === 0) this.#deliver(event)
    else this.#hold(event, options.ahead ?? false)
  }

  #hold(event: SimEvent, ahead: boolean): void {
    if (this.#waiting.length + this.#ahead.length === 0) queueMicrotask(() => this.#flush())
    ;(ahead ? this.#ahead : this.#waiting).push(event)
  }

  #flush(): void {
    const events = [...this.#ahead.splice(0), ...this.#waiting.splice(0)]
    for (const event of events) this.#deliver(event)
  }

  #deliver(event: SimEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

import type { World } from '../../state/world.ts'
import { viewChat, viewMessages } from './chat-view.ts'
import type { ChatPieces, MessageView, WantedPlace } from './chat-view.ts'
import type { Timeline, TimelineEntry } from './timeline.ts'

/** A gateway session of the bot. */
export interface SessionView {
  shardId: number
  shardCount: number
  connected: boolean
}

/** What a page hears, by name. */
export interface LiveUpdates {
  /** All pieces at first, then those that changed, always together: a channel's list and its names belong together. */
  view: Partial<ChatPieces>
  sessions: SessionView[]
  messages: {
    channelId: string | null
    /** The messages before this update are of no concern any more. */
    reset: boolean
    set: MessageView[]
    gone: string[]
    /** There are older messages than those shown. */
    more: boolean
  }
  /** `reset`: what came before is of another connection. Entries replace those with the same id. */
  timeline: { reset: boolean; entries: TimelineEntry[] }
  typing: { channelId: string; userId: string }
}

/** What one page looks at, and where its updates go. */
export interface LiveSubscriber {
  readonly wanted: WantedPlace
  /** How many messages of the channel are shown. */
  readonly messageLimit: number
  /** True while the connection has not taken what was sent: the next look waits. */
  isBehind(): boolean
  send<N extends keyof LiveUpdates>(name: N, update: LiveUpdates[N]): void
}

/** After a change others may follow at once; they are shown together. */
const soonMs = 60
/** Looking costs this share of the time at most: after a look, a pause of 20 times its length. */
const pausePerLook = 20
/** Some changes announce themselves nowhere (a timeout that ends, an installation): looked for this often. */
const anywayMs = 2_000
const timelineEntriesALook = 400

/**
 * Tells pages what changed in what they look at. Every look compares the whole view with what was sent before, so an
 * update that was never announced, or a page that read slowly, misses nothing.
 */
export class LiveViews {
  readonly #world: World
  readonly #timeline: Timeline
  readonly #sessions: () => SessionView[]
  readonly #pages = new Set<PageState>()
  #timer: NodeJS.Timeout | null = null
  #dueAt = Number.POSITIVE_INFINITY
  #pauseUntil = 0

  constructor(world: World, timeline: Timeline, sessions: () => SessionView[]) {
    this.#world = world
    this.#timeline = timeline
    this.#sessions = sessions
    timeline.onChange(() => this.changed())
    world.bus.listen((event) => {
      if (this.#pages.size === 0) return
      this.changed()
      if (event.name !== 'TYPING_START') return
      const { channel_id: channelId, user_id: userId } = event.payload as {
        channel_id: string
        user_id: string
      }
      for (const page of this.#pages) page.typing(channelId, userId)
    })
  }

  /** Sends the whole view at once, then every change, until the returned function is called. */
  subscribe(subscriber: LiveSubscriber): () => void {
    const page = new PageState(subscriber)
    this.#pages.add(page)
    page.look(this.#world, this.#timeline, this.#sessions())
    this.#schedule(anywayMs)
    return () => void this.#pages.delete(page)
  }

  /** Something may have changed. */
  changed(): void {
    if (this.#pages.size > 0) this.#schedule(soonMs)
  }

  dispose(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#pages.clear()
  }

  #schedule(inMs: number): void {
    const now = performance.now()
    const dueAt = Math.max(now + inMs, this.#pauseUntil)
    if (dueAt >= this.#dueAt) return
    if (this.#timer) clearTimeout(this.#timer)
    this.#dueAt = dueAt
    this.#timer = setTimeout(() => this.#lookAgain(), dueAt - now)
    this.#timer.unref()
  }

  #lookAgain(): void {
    this.#timer = null
    this.#dueAt = Number.POSITIVE_INFINITY
    const startedAt = performance.now()
    const sessions = this.#sessions()
    for (const page of this.#pages) page.look(this.#world, this.#timeline, sessions)
    const now = performance.now()
    this.#pauseUntil = now + (now - startedAt) * pausePerLook
    if (this.#pages.size > 0) this.#schedule(anywayMs)
  }
}

/** What one page was told so far. */
class PageState {
  readonly #subscriber: LiveSubscriber
  readonly #sent = new Map<string, string>()
  #messages = new Map<string, string>()
  #channelId: string | null | undefined = undefined
  #more = false
  #timelineRevision: number | null = null

  constructor(subscriber: LiveSubscriber) {
    this.#subscriber = subscriber
  }

  look(world: World, timeline: Timeline, sessions: SessionView[]): void {
    if (this.#subscriber.isBehind()) return
    const pieces = viewChat(world, this.#subscriber.wanted)
    const changed = Object.entries(pieces).filter(([name, piece]) => this.#isNew(name, piece))
    if (changed.length > 0) this.#subscriber.send('view', Object.fromEntries(changed))
    if (this.#isNew('sessions', sessions)) this.#subscriber.send('sessions', sessions)
    this.#lookAtMessages(world, pieces.place.channelId)
    const reset = this.#timelineRevision === null
    const entries = timeline.changedSince(this.#timelineRevision ?? 0, timelineEntriesALook)
    this.#timelineRevision = timeline.revision
    if (reset || entries.length > 0) this.#subscriber.send('timeline', { reset, entries })
  }

  #isNew(name: string, value: unknown): boolean {
    const json = JSON.stringify(value)
    if (this.#sent.get(name) === json) return false
    this.#sent.set(name, json)
    return true
  }

  typing(channelId: string, userId: string): void {
    if (channelId !== this.#channelId || this.#subscriber.isBehind()) return
    this.#subscriber.send('typing', { channelId, userId })
  }

  #lookAtMessages(world: World, channelId: string | null): void {
    const { wanted, messageLimit } = this.#subscriber
    const { messages, more } = viewMessages(world, channelId, wanted.userId, messageLimit)
    const reset = channelId !== this.#channelId
    const known = reset ? new Map<string, string>() : this.#messages
    const now = new Map(messages.map((message) => [message.id, JSON.stringify(message)]))
    const set = messages.filter((message) => known.get(message.id) !== now.get(message.id))
    const gone = [...known.keys()].filter((id) => !now.has(id))
    if (!reset && set.length === 0 && gone.length === 0 && more === this.#more) return
    this.#channelId = channelId
    this.#messages = now
    this.#more = more
    this.#subscriber.send('messages', { channelId, reset, set, gone, more })
  }
}

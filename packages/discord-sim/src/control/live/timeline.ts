import type { SimClock } from '../../clock.ts'
import type { GatewayHappening } from '../../gateway/gateway-counters.ts'

/** One REST request of the bot with its answer. */
export interface RestStep {
  kind: 'rest'
  method: string
  /** Below `/api`, without the version and the query; tokens are left out. */
  path: string
  channelId: string | null
  guildId: string | null
  /** Null when the connection was cut before an answer was complete. */
  status: number | null
  durationMs: number
  /** Discord's error code and message, for answers of 400 and above. */
  error: string | null
  /** The beginning of a JSON body. */
  body: string | null
}

/** A person's use of the bot, from the click to the last follow-up. Changes as the bot answers. */
export interface InteractionStep {
  kind: 'interaction'
  interactionId: string
  /** 2 command, 3 component, 4 autocomplete, 5 modal submit. */
  type: 2 | 3 | 4 | 5
  /** Command name or custom id. */
  name: string
  userId: string
  userName: string
  channelId: string
  guildId: string | null
  via: 'http' | 'gateway'
  /** Why the person saw it fail, in the simulator's words. */
  failure: string | null
  /** Response type by number: 4 message, 5 deferred, 6 deferred update, 7 update, 8 choices, 9 modal. */
  responseType: number | null
  answeredAfterMs: number | null
  /** True while the person sees "thinking…". */
  deferred: boolean
  ephemeral: boolean
  followUps: number
  /** Answers that were refused or came late. */
  problems: string[]
}

/** What happened to a gateway session or its socket. */
export interface GatewayStep {
  kind: 'gateway'
  what: GatewayHappening
  /** `id/count`; null before an IDENTIFY. */
  shard: string | null
  /** Of a close. */
  code: number | null
}

export type TimelineStep = RestStep | InteractionStep | GatewayStep

/** A step as the timeline keeps it. `id` counts up from 1; a higher `revision` is a later state of the same step. */
export type TimelineEntry = TimelineStep & {
  id: number
  revision: number
  /** Epoch milliseconds. */
  at: number
}

const keptEntries = 1_000

/** What the bot did, newest last, for people who watch it. The oldest entries go beyond 1,000. */
export class Timeline {
  readonly #clock: SimClock
  readonly #entries = new Map<number, TimelineEntry>()
  readonly #changed = new Set<() => void>()
  #lastId = 0
  #revision = 0

  constructor(clock: SimClock) {
    this.#clock = clock
  }

  /** Grows with every change. */
  get revision(): number {
    return this.#revision
  }

  /** Calls back at every change. */
  onChange(listener: () => void): void {
    this.#changed.add(listener)
  }

  /** Returns the id of the new entry. `at` is when the step began; left out, it is now. */
  add(step: TimelineStep, at: number = this.#clock.now()): number {
    this.#lastId += 1
    this.#revision += 1
    this.#entries.set(this.#lastId, { ...step, id: this.#lastId, revision: this.#revision, at })
    if (this.#entries.size > keptEntries) {
      const oldest = this.#entries.keys().next().value
      if (oldest !== undefined) this.#entries.delete(oldest)
    }
    for (const listener of this.#changed) listener()
    return this.#lastId
  }

  /** A later state of an entry that is still kept. */
  update(id: number, step: TimelineStep): void {
    const entry = this.#entries.get(id)
    if (!entry) return
    this.#revision += 1
    this.#entries.set(id, { ...step, id, revision: this.#revision, at: entry.at })
    for (const listener of this.#changed) listener()
  }

  /** The entries that changed after `revision`, by id; at most the newest `limit`. */
  changedSince(revision: number, limit: number): TimelineEntry[] {
    if (revision >= this.#revision) return []
    return [...this.#entries.values()].filter((entry) => entry.revision > revision).slice(-limit)
  }
}

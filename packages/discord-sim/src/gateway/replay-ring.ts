/** One dispatch as it went out: the payload's JSON is shared by all sessions that got it. */
export interface SentDispatch {
  seq: number
  name: string
  payloadJson: string
  /** Epoch milliseconds. */
  at: number
}

export interface ReplayLimits {
  /** At most this many dispatches are kept. */
  size: number
  /** None older than this is kept. */
  ageMs: number
}

/** What a session can still replay. Discord documents neither size nor age, so both are options. */
export class ReplayRing {
  readonly #limits: ReplayLimits
  #entries: SentDispatch[] = []
  /** Index of the first live entry; the dead ones before it are cut off now and then. */
  #start = 0
  /** The highest seq that can no longer be replayed. */
  #forgotten = 0

  constructor(limits: ReplayLimits) {
    this.#limits = limits
  }

  get length(): number {
    return this.#entries.length - this.#start
  }

  push(entry: SentDispatch): void {
    this.#entries.push(entry)
    while (this.length > this.#limits.size) this.#dropOldest()
  }

  /** Forgets everything up to and including `seq`. */
  trimTo(seq: number): void {
    while (this.#oldest && this.#oldest.seq <= seq) this.#dropOldest()
  }

  /** The dispatches after `seq`, in order, or null where some of them are forgotten. */
  after(seq: number, nowMs: number): SentDispatch[] | null {
    while (this.#oldest && nowMs - this.#oldest.at > this.#limits.ageMs) this.#dropOldest()
    if (seq < this.#forgotten) return null
    return this.#entries.slice(this.#start).filter((entry) => entry.seq > seq)
  }

  get #oldest(): SentDispatch | undefined {
    return this.#entries[this.#start]
  }

  #dropOldest(): void {
    this.#forgotten = this.#oldest?.seq ?? this.#forgotten
    this.#start += 1
    if (this.#start > 1_024 && this.#start * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#start)
      this.#start = 0
    }
  }
}

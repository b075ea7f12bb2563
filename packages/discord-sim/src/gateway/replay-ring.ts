import { Fifo } from '../fifo.ts'

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
  readonly #entries = new Fifo<SentDispatch>()
  /** The highest seq that can no longer be replayed. */
  #forgotten = 0

  constructor(limits: ReplayLimits) {
    this.#limits = limits
  }

  get length(): number {
    return this.#entries.length
  }

  push(entry: SentDispatch): void {
    this.#entries.push(entry)
    while (this.length > this.#limits.size) this.#dropOldest()
    this.#dropOlderThan(entry.at - this.#limits.ageMs)
  }

  /** Forgets everything up to and including `seq`. */
  trimTo(seq: number): void {
    while (this.#entries.oldest && this.#entries.oldest.seq <= seq) this.#dropOldest()
  }

  /** The dispatches after `seq`, in order, or null where some of them are forgotten. */
  after(seq: number, nowMs: number): SentDispatch[] | null {
    this.#dropOlderThan(nowMs - this.#limits.ageMs)
    if (seq < this.#forgotten) return null
    return this.#entries.toArray().filter((entry) => entry.seq > seq)
  }

  #dropOlderThan(timeMs: number): void {
    while (this.#entries.oldest && this.#entries.oldest.at < timeMs) this.#dropOldest()
  }

  #dropOldest(): void {
    this.#forgotten = this.#entries.take()?.seq ?? this.#forgotten
  }
}

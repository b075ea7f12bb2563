import type { SimClock } from '../clock.ts'

/** Discord returns the first message instead of making a second one for "a few minutes". */
const enforceWindowMs = 5 * 60_000
/** So many doubled nonces are told one by one; more than that tell nothing new. */
const namedDoubles = 1_000

export interface NonceRecord {
  channelId: string
  nonce: string
  /** Messages made with this nonce: more than one is a doubled effect. */
  messageIds: string[]
}

/** The nonces that the bot used, for `enforce_nonce` and for the oracle: the latest, and every doubled one. */
export class NonceLedger {
  readonly #clock: SimClock
  readonly #keptNonces: number
  readonly #records = new Map<string, NonceRecord & { lastAt: number }>()
  readonly #doubled = new Set<NonceRecord>()
  /** Requests that `enforce_nonce` answered with the message that was there. */
  deduplicated = 0
  /** Nonces that are too old to be known. */
  forgotten = 0

  constructor(clock: SimClock, keptNonces: number) {
    this.#clock = clock
    this.#keptNonces = keptNonces
  }

  /** The id of the message that `enforce_nonce` answers with, if there is one. */
  recent(channelId: string, nonce: string): string | null {
    const record = this.#records.get(`${channelId}:${nonce}`)
    if (!record || this.#clock.now() - record.lastAt > enforceWindowMs) return null
    this.deduplicated += 1
    return record.messageIds.at(-1) ?? null
  }

  created(channelId: string, nonce: string, messageId: string): void {
    const key = `${channelId}:${nonce}`
    const record = this.#records.get(key)
    if (!record) {
      this.#records.set(key, { channelId, nonce, messageIds: [messageId], lastAt: this.#clock.now() })
      this.#forgetOldest()
      return
    }
    record.messageIds.push(messageId)
    record.lastAt = this.#clock.now()
    if (this.#doubled.size < namedDoubles) this.#doubled.add(record)
  }

  /** Nonces of which more than one message was made. */
  doubled(): NonceRecord[] {
    return [...this.#doubled].map(({ channelId, nonce, messageIds }) => ({ channelId, nonce, messageIds }))
  }

  /** Those of the nonces that made no message, or one too long ago to be known: see `forgotten`. */
  missing(expected: readonly string[]): string[] {
    const known = new Set([...this.#records.values()].map((record) => record.nonce))
    return expected.filter((nonce) => !known.has(nonce))
  }

  clear(): void {
    this.#records.clear()
    this.#doubled.clear()
    this.deduplicated = 0
    this.forgotten = 0
  }

  #forgetOldest(): void {
    if (this.#records.size <= this.#keptNonces) return
    for (const key of this.#records.keys()) {
      this.#records.delete(key)
      this.forgotten += 1
      return
    }
  }
}

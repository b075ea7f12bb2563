import type { SimClock } from '../clock.ts'

/** Discord returns the first message instead of making a second one for "a few minutes". */
const enforceWindowMs = 5 * 60_000

export interface NonceRecord {
  channelId: string
  nonce: string
  /** Messages made with this nonce: more than one is a doubled effect. */
  messageIds: string[]
  /** Requests that `enforce_nonce` answered with the message that was there. */
  deduplicated: number
}

/** Every nonce the bot used, for `enforce_nonce` and for the oracle. */
export class NonceLedger {
  readonly #clock: SimClock
  readonly #records = new Map<string, NonceRecord & { lastAt: number }>()

  constructor(clock: SimClock) {
    this.#clock = clock
  }

  /** The id of the message that `enforce_nonce` answers with, if there is one. */
  recent(channelId: string, nonce: string): string | null {
    const record = this.#records.get(`${channelId}:${nonce}`)
    if (!record || this.#clock.now() - record.lastAt > enforceWindowMs) return null
    record.deduplicated += 1
    return record.messageIds.at(-1) ?? null
  }

  created(channelId: string, nonce: string, messageId: string): void {
    const key = `${channelId}:${nonce}`
    const record = this.#records.get(key)
    if (record) {
      record.messageIds.push(messageId)
      record.lastAt = this.#clock.now()
    } else {
      this.#records.set(key, {
        channelId,
        nonce,
        messageIds: [messageId],
        deduplicated: 0,
        lastAt: this.#clock.now(),
      })
    }
  }

  all(): NonceRecord[] {
    return [...this.#records.values()].map(({ lastAt: _lastAt, ...record }) => record)
  }

  clear(): void {
    this.#records.clear()
  }
}

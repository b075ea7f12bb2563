import { chainStart, extendChain } from './event-chain.ts'

/** A place in a guild's history: so many events, which chain to this head. */
export interface ChainPosition {
  count: number
  head: string
}

/** One event as it was sent. */
export interface SentEvent {
  event: string
  payloadHash: string
  sentAt: number
}

const hashBytes = 32
/** The event's hash, then the chain's head after it. */
const slotBytes = 2 * hashBytes
const smallestCapacity = 16

/**
 * What the simulator sent of one guild: all of it as count and head of its chain, the late part also
 * event by event. `fold` forgets the oldest of those, and costs the proof nothing: two chains of equal
 * count and head are equal, whatever is still known of their parts.
 */
export class GuildLedger {
  #folded: ChainPosition
  #head: string
  /** A ring: hashes in one buffer, names and times beside it. */
  #hashes = Buffer.alloc(0)
  #names: string[] = []
  #sentAt: number[] = []
  #start = 0
  #kept = 0

  constructor(guildId: string) {
    this.#head = chainStart(guildId)
    this.#folded = { count: 0, head: this.#head }
  }

  get count(): number {
    return this.#folded.count + this.#kept
  }

  get head(): string {
    return this.#head
  }

  /** Up to here only the chain is known. */
  get folded(): ChainPosition {
    return this.#folded
  }

  push(event: string, payloadHash: string, at: number): void {
    if (this.#kept === this.#names.length) this.#resize(Math.max(smallestCapacity, this.#kept * 2))
    this.#head = extendChain(this.#head, event, payloadHash)
    const slot = this.#slot(this.#kept)
    this.#hashes.write(payloadHash, slot * slotBytes, 'hex')
    this.#hashes.write(this.#head, slot * slotBytes + hashBytes, 'hex')
    this.#names[slot] = event
    this.#sentAt[slot] = at
    this.#kept += 1
  }

  /** Forgets the oldest event that is known by itself. */
  fold(): void {
    const head = this.headAt(this.#folded.count + 1)
    if (head === null) return
    this.#folded = { count: this.#folded.count + 1, head }
    this.#start = this.#slot(1)
    this.#kept -= 1
    if (this.#names.length > smallestCapacity && this.#kept < this.#names.length / 4)
      this.#resize(this.#names.length / 2)
  }

  /** The head after the first `count` events, or null where that is folded or not sent yet. */
  headAt(count: number): string | null {
    if (count === this.#folded.count) return this.#folded.head
    const index = count - this.#folded.count - 1
    if (index < 0 || index >= this.#kept) return null
    return this.#hex(this.#slot(index) * slotBytes + hashBytes)
  }

  /** The events that are known by themselves, oldest first; the first is number `folded.count`. */
  events(): SentEvent[] {
    return Array.from({ length: this.#kept }, (_, index) => {
      const slot = this.#slot(index)
      return {
        event: this.#names[slot] ?? '',
        payloadHash: this.#hex(slot * slotBytes),
        sentAt: this.#sentAt[slot] ?? 0,
      }
    })
  }

  #slot(index: number): number {
    return (this.#start + index) % this.#names.length
  }

  #hex(offset: number): string {
    return this.#hashes.toString('hex', offset, offset + hashBytes)
  }

  #resize(capacity: number): void {
    const hashes = Buffer.alloc(capacity * slotBytes)
    const names = Array.from({ length: capacity }, () => '')
    const sentAt = Array.from({ length: capacity }, () => 0)
    for (let index = 0; index < this.#kept; index++) {
      const slot = this.#slot(index)
      this.#hashes.copy(hashes, index * slotBytes, slot * slotBytes, (slot + 1) * slotBytes)
      names[index] = this.#names[slot] ?? ''
      sentAt[index] = this.#sentAt[slot] ?? 0
    }
    this.#hashes = hashes
    this.#names = names
    this.#sentAt = sentAt
    this.#start = 0
  }
}

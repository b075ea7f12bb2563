import { chainStart, extendChain, isChainedEvent, payloadHash } from './event-chain.ts'

/** What the simulator sent of one guild, compact: 32 bytes of hash, a name and a time an event. */
class GuildLedger {
  readonly names: number[] = []
  readonly sentAt: number[] = []
  #hashes = Buffer.alloc(0)
  head: string

  constructor(guildId: string) {
    this.head = chainStart(guildId)
  }

  get count(): number {
    return this.names.length
  }

  push(nameIndex: number, hashHex: string, at: number): void {
    const offset = this.count * 32
    if (offset + 32 > this.#hashes.length) {
      const grown = Buffer.alloc(Math.max(32 * 16, this.#hashes.length * 2))
      this.#hashes.copy(grown)
      this.#hashes = grown
    }
    this.#hashes.write(hashHex, offset, 'hex')
    this.names.push(nameIndex)
    this.sentAt.push(at)
  }

  hashAt(index: number): string {
    return this.#hashes.toString('hex', index * 32, index * 32 + 32)
  }
}

/** One event as it was sent. */
export interface SentEvent {
  event: string
  payloadHash: string
  sentAt: number
}

/** The ground truth of every guild: the events that entered the bot's streams, chained in order. */
export class EventLedger {
  readonly #guilds = new Map<string, GuildLedger>()
  readonly #nameIndex = new Map<string, number>()
  readonly #names: string[] = []

  record(guildId: string, event: string, payload: unknown, at: number): void {
    if (!isChainedEvent(event)) return
    let ledger = this.#guilds.get(guildId)
    if (!ledger) {
      ledger = new GuildLedger(guildId)
      this.#guilds.set(guildId, ledger)
    }
    const digest = payloadHash(payload)
    ledger.push(this.#indexOf(event), digest, at)
    ledger.head = extendChain(ledger.head, event, digest)
  }

  guildIds(): string[] {
    return [...this.#guilds.keys()]
  }

  count(guildId: string): number {
    return this.#guilds.get(guildId)?.count ?? 0
  }

  head(guildId: string): string {
    return this.#guilds.get(guildId)?.head ?? chainStart(guildId)
  }

  /** The guild's events, oldest first. */
  events(guildId: string): SentEvent[] {
    const ledger = this.#guilds.get(guildId)
    if (!ledger) return []
    return ledger.names.map((nameIndex, index) => ({
      event: this.#names[nameIndex] ?? '',
      payloadHash: ledger.hashAt(index),
      sentAt: ledger.sentAt[index] ?? 0,
    }))
  }

  clear(): void {
    this.#guilds.clear()
  }

  #indexOf(name: string): number {
    const known = this.#nameIndex.get(name)
    if (known !== undefined) return known
    this.#names.push(name)
    this.#nameIndex.set(name, this.#names.length - 1)
    return this.#names.length - 1
  }
}

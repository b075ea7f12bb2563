import { Fifo } from '../fifo.ts'
import { chainStart, isChainedEvent, payloadHash } from './event-chain.ts'
import { GuildLedger } from './guild-ledger.ts'
import type { ChainPosition, SentEvent } from './guild-ledger.ts'

/**
 * The ground truth of every guild: the events that entered the bot's streams, chained in order. Count
 * and head cover all of them for ever; the latest `keptEvents` over all guilds are also known one by
 * one, so that a difference among them can be named.
 */
export class EventLedger {
  readonly #guilds = new Map<string, GuildLedger>()
  /** The ledger of each event that is known by itself, in the order of sending. */
  readonly #order = new Fifo<GuildLedger>()
  readonly #keptEvents: number

  constructor(keptEvents: number) {
    this.#keptEvents = keptEvents
  }

  record(guildId: string, event: string, payload: unknown, at: number): void {
    if (!isChainedEvent(event)) return
    let ledger = this.#guilds.get(guildId)
    if (!ledger) {
      ledger = new GuildLedger(guildId)
      this.#guilds.set(guildId, ledger)
    }
    ledger.push(event, payloadHash(payload), at)
    this.#order.push(ledger)
    while (this.#order.length > this.#keptEvents) this.#order.take()?.fold()
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

  /** The head after the guild's first `count` events, or null where it is not known. */
  headAt(guildId: string, count: number): string | null {
    const ledger = this.#guilds.get(guildId)
    if (ledger) return ledger.headAt(count)
    return count === 0 ? chainStart(guildId) : null
  }

  /** Where the guild's events begin to be known one by one. */
  folded(guildId: string): ChainPosition {
    return this.#guilds.get(guildId)?.folded ?? { count: 0, head: chainStart(guildId) }
  }

  /** The guild's events that are known one by one, oldest first. */
  events(guildId: string): SentEvent[] {
    return this.#guilds.get(guildId)?.events() ?? []
  }

  clear(): void {
    this.#guilds.clear()
    this.#order.clear()
  }
}

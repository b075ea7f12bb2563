/** One REST request as it was answered. */
export interface JournalEntry {
  operation: string
  method: string
  path: string
  status: number
  /** Epoch milliseconds. */
  at: number
}

const keptEntries = 5_000
const keptViolations = 500

/** What the bot asked of the API: counts for the report, the latest requests, and what was not understood. */
export class RestJournal {
  readonly #counts = new Map<string, number>()
  readonly #entries: JournalEntry[] = []
  readonly #log: (line: string) => void
  readonly violations: string[] = []
  readonly statuses = new Map<number, number>()

  constructor(log: (line: string) => void) {
    this.#log = log
  }

  request(entry: JournalEntry): void {
    this.#counts.set(entry.operation, (this.#counts.get(entry.operation) ?? 0) + 1)
    this.statuses.set(entry.status, (this.statuses.get(entry.status) ?? 0) + 1)
    this.#entries.push(entry)
    if (this.#entries.length > keptEntries) this.#entries.splice(0, keptEntries / 10)
  }

  /** Something that strict mode does not forgive. */
  violation(line: string): void {
    if (this.violations.length < keptViolations) this.violations.push(line)
    this.#log(line)
  }

  counts(): Record<string, number> {
    return Object.fromEntries(this.#counts)
  }

  /** The latest requests, newest last. */
  recent(limit: number): JournalEntry[] {
    return this.#entries.slice(-limit)
  }

  clear(): void {
    this.#counts.clear()
    this.#entries.length = 0
    this.statuses.clear()
  }
}

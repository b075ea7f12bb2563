import { createHash } from 'node:crypto'

/** One entry as it is chained. */
export interface ChainedEntry {
  readonly entryId: number
  /** Milliseconds since 1970. */
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly reason: string | null
  readonly previousHash: string
}

export interface HashedEntry extends ChainedEntry {
  readonly hash: string
}

/** What the first entry has as the hash before it. */
export const chainStart = '0'.repeat(64)

/** SHA-256 over the entry and the hash before it, in hex. A JSON array keeps two fields from running together. */
export function hashEntry(entry: ChainedEntry): string {
  const fields = [
    entry.previousHash,
    entry.entryId,
    entry.at,
    entry.actor,
    entry.action,
    entry.subject,
    entry.reason,
  ]
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex')
}

/**
 * Where a chain does not hold, and why:
 * - `content-changed`: the entry does not fit its hash;
 * - `predecessor-missing`: the entry before it is missing or was changed.
 */
export interface ChainBreak {
  readonly entryId: number
  readonly problem: 'content-changed' | 'predecessor-missing'
}

/**
 * Checks a run of entries in their order.
 * @param before hash of the entry before the run; `chainStart` if the run is the whole log
 * @returns the first break, or `null`
 */
export function verifyChain(entries: Iterable<HashedEntry>, before: string = chainStart): ChainBreak | null {
  let previousHash = before
  for (const entry of entries) {
    if (entry.previousHash !== previousHash) {
      return { entryId: entry.entryId, problem: 'predecessor-missing' }
    }
    if (hashEntry(entry) !== entry.hash) {
      return { entryId: entry.entryId, problem: 'content-changed' }
    }
    previousHash = entry.hash
  }
  return null
}

/** One state of everything that crosses the wire. */
export interface WireLedgerEntry {
  readonly version: number
  /** What changed against the version before, for somebody who upgrades a mesh. */
  readonly change: string
  /** SHA-256 of `wire-snapshot.json` in this version. */
  readonly digest: string
}

/**
 * Every wire version there has been. A changed procedure changes the snapshot, and with it the digest of the last
 * entry: a change that version N−1 cannot live with gets a new entry.
 */
export const wireLedger: readonly WireLedgerEntry[] = [
  {
    version: 1,
    change: 'the first wire version',
    digest: '5f35490b604a351242eeaa12410e5da64be4356754bc1d91868a99c36581357b',
  },
]

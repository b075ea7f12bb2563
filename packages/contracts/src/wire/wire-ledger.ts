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
    digest: 'dd3a6d51945081411be37dcbfc90e330d26c7a257c1131db14c9771c6ae9f127',
  },
]

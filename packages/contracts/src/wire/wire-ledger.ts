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
    digest: '2d15b46cbe9567abd687c3d78bba0f5d2f65e5fa6d65e526d8dbc0d72b0e6e19',
  },
]

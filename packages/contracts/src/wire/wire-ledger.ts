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
    digest: '72579e9ff119cb7027f027b0ec3dd23ba8e25d014a193d172e6d95b90ca8edcf',
  },
]

/** One state of everything that crosses the wire. */
export interface WireLedgerEntry {
  readonly version: number
  /** What changed against the version before, for somebody who upgrades a mesh. */
  readonly change: string
  /**
   * Whether processes of this version and of the one before can call each other, so that a mesh can be upgraded while
   * it runs.
   */
  readonly upgradesWhileRunning: boolean
  /** SHA-256 of `wire-snapshot.json` in this version. */
  readonly digest: string
}

/**
 * Every wire version there has been. A changed procedure changes the snapshot, and with it the digest of the last
 * entry. A change that version N−1 cannot live with gets a new entry.
 */
export const wireLedger: readonly WireLedgerEntry[] = [
  {
    version: 1,
    change: 'the first wire version',
    upgradesWhileRunning: false,
    digest: 'dd3a6d51945081411be37dcbfc90e330d26c7a257c1131db14c9771c6ae9f127',
  },
  {
    version: 2,
    change:
      "the field's words for procedures, fields and failures, and four ports for shards; no mesh ever ran version 1, so stop everything before the upgrade",
    upgradesWhileRunning: false,
    digest: 'f2b23f3e0bd7cb7d73dfb1bea6f30a5fdb0b434a8ba3866ed0299b831c3cef81',
  },
]

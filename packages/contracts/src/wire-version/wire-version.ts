import { wireLedger } from './wire-ledger.ts'

/** The wire version that this build speaks: the last entry of the ledger. */
export const wireVersion = Math.max(...wireLedger.map((entry) => entry.version))

/**
 * Versions that this build answers: its own, and the one before it if the two can live together, so that a rolling
 * deploy works both ways.
 */
export const supportedWireVersions: readonly number[] = wireLedger.at(-1)?.upgradesWhileRunning
  ? [wireVersion - 1, wireVersion]
  : [wireVersion]

export function isWireVersionSupported(version: number): boolean {
  return supportedWireVersions.includes(version)
}

import type { GuildId } from '@guildmesh/contracts'
import type { OwnershipRole } from '../schema/ownership-tables.ts'

/** What this volume may do with a guild. */
export interface OwnershipRow {
  readonly guildId: GuildId
  readonly epoch: number
  readonly role: OwnershipRole
  readonly moveId: string | null
}

/** Why a write or read of a guild was refused. */
export type Refusal =
  | { readonly kind: 'NotOwner'; readonly knownEpoch: number }
  | { readonly kind: 'GuildFenced' }
  | { readonly kind: 'StaleEpoch'; readonly current: number }

/**
 * Whether a call made for `epoch` (`null`: whichever is current) may go on. A higher epoch than ours means that we
 * have not learned of our own new assignment yet: the caller refreshes and comes again.
 */
export function admit(
  row: OwnershipRow | undefined,
  epoch: number | null,
  access: 'read' | 'write',
): Refusal | null {
  if (!row) return { kind: 'NotOwner', knownEpoch: 0 }
  if (epoch !== null && epoch < row.epoch) return { kind: 'StaleEpoch', current: row.epoch }
  if (epoch !== null && epoch > row.epoch) return { kind: 'NotOwner', knownEpoch: row.epoch }
  switch (row.role) {
    case 'active':
      return null
    case 'frozen':
      return access === 'read' ? null : { kind: 'GuildFenced' }
    case 'released':
    case 'set_aside':
      return { kind: 'NotOwner', knownEpoch: row.epoch }
    default:
      return row.role satisfies never
  }
}

import type { GuildId } from '@guildmesh/contracts'
import type { OwnershipRow } from './ownership-row.ts'

/** What the routing table says of a guild of this gateway. */
export interface Assigned {
  readonly guildId: GuildId
  readonly epoch: number
}

export type ReconciliationStep =
  /** Newly ours, or ours again after it was given up. */
  | { readonly kind: 'open'; readonly guildId: GuildId; readonly epoch: number }
  /** Ours at a later epoch: PostgreSQL has decided since. */
  | { readonly kind: 'raise'; readonly guildId: GuildId; readonly epoch: number }
  | { readonly kind: 'release'; readonly guildId: GuildId; readonly epoch: number }
  /** Assigned to us, but the rows here are a copy set aside by a move: only a takeover may use them. */
  | { readonly kind: 'quarantine'; readonly guildId: GuildId; readonly epoch: number }

/**
 * What to change so that the volume's rows agree with the complete list of assignments of this gateway. An older view
 * of the table (lower epoch) changes nothing; a guild frozen by a move at its present epoch stays frozen, since the
 * table speaks of the time before the move.
 */
export function decideReconciliation(
  rows: ReadonlyMap<GuildId, OwnershipRow>,
  assigned: readonly Assigned[],
): ReconciliationStep[] {
  const steps: ReconciliationStep[] = []
  const ours = new Set<GuildId>()
  for (const { guildId, epoch } of assigned) {
    ours.add(guildId)
    const row = rows.get(guildId)
    if (!row) steps.push({ kind: 'open', guildId, epoch })
    else if (epoch < row.epoch) continue
    else if (row.role === 'set_aside') steps.push({ kind: 'quarantine', guildId, epoch })
    else if (epoch > row.epoch) {
      steps.push({ kind: row.role === 'active' ? 'raise' : 'open', guildId, epoch })
    }
  }
  for (const row of rows.values()) {
    const held = row.role === 'active' || row.role === 'frozen'
    if (held && !ours.has(row.guildId))
      steps.push({ kind: 'release', guildId: row.guildId, epoch: row.epoch })
  }
  return steps
}

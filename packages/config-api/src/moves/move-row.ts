import type { Move } from '@guildmesh/contracts'
import type { moves } from '../database/schema.ts'

export type MoveRow = typeof moves.$inferSelect

/** A row of `moves` as callers see it. */
export function moveOf(row: MoveRow): Move {
  return {
    moveId: row.moveId,
    guildId: row.guildId,
    source: row.source,
    target: row.target,
    fromEpoch: row.fromEpoch,
    state: row.state,
    reason: row.reason,
    requestedBy: row.requestedBy,
    failure: row.failure,
    startedAt: row.startedAt.getTime(),
    endedAt: row.endedAt?.getTime() ?? null,
  }
}

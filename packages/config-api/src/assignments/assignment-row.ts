import type { Assignment } from '@guildmesh/contracts'
import type { assignments } from '../database/schema.ts'

/** A row of `assignments` as callers see it. */
export function assignmentOf(row: typeof assignments.$inferSelect): Assignment {
  return {
    guildId: row.guildId,
    gatewayId: row.gatewayId,
    epoch: row.epoch,
    assignedAt: row.assignedAt.getTime(),
  }
}

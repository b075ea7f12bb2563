import { z } from 'zod'
import type { World } from '../../state/world.ts'
import { operation } from '../operation.ts'

/** When things come about which Discord promises no moment. */
export function timingOperations(world: World) {
  return {
    /** How late entries of the audit log come, and on which side of the deed's own events. */
    timeAuditLog: operation(
      z.object({
        lagMs: z.number().int().nonnegative().optional(),
        order: z.enum(['after', 'before', 'either']).optional(),
      }),
      ({ lagMs, order }) => {
        world.timeAuditLog({
          ...(lagMs === undefined ? {} : { lagMs }),
          ...(order === undefined ? {} : { order }),
        })
        return { ...world.auditTiming }
      },
    ),
  }
}

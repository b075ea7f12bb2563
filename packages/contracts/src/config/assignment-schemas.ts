import { z } from 'zod'
import { Epoch, EpochMs, GatewayId, GuildId } from '../ids.ts'
import { Gateway } from './gateway-schemas.ts'

/** Which gateway owns a guild, and at which epoch. */
export const Assignment = z.object({
  guildId: GuildId,
  gatewayId: GatewayId,
  epoch: Epoch,
  assignedAt: EpochMs,
})
export type Assignment = z.infer<typeof Assignment>

export const GuildInput = z.object({ guildId: GuildId })

/** Two spellings of a page: after which guild id to go on, and how many rows to give. */
export const ListAssignmentsInput = z.object({
  gatewayId: GatewayId.optional(),
  after: GuildId.optional(),
  limit: z.int().min(1).max(1000).default(200),
})

export const AssignmentPage = z.object({
  assignments: z.array(Assignment.extend({ lastSeenAt: EpochMs.nullable() })),
  /** Hand this in as `after` for the next page; `null` on the last one. */
  next: GuildId.nullable(),
  total: z.int().min(0),
})
export type AssignmentPage = z.infer<typeof AssignmentPage>

/**
 * A place in the history of assignments and gateways: revisions rise by commit order within a timeline; a restored
 * database starts a new timeline, after which older cursors are answered with a fresh snapshot.
 */
export const WatchCursor = z.string().regex(/^[0-9]+:[0-9]+$/, 'must be <timeline>:<revision>')

export const WatchInput = z.object({
  /** Resume after this place; absent: begin with a snapshot. tRPC fills it when it reconnects. */
  lastEventId: WatchCursor.optional(),
})

/**
 * What a watcher receives: the snapshot in pages (`complete` on its last), then every change in commit order.
 * A resumed watcher gets the changes it missed, or a new snapshot if they are no longer kept.
 */
export const WatchEvent = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('snapshot'),
    cursor: WatchCursor,
    assignments: z.array(Assignment),
    gateways: z.array(Gateway),
    /** The first page replaces whatever the watcher knew. */
    first: z.boolean(),
    complete: z.boolean(),
  }),
  z.object({ type: z.literal('assignment'), cursor: WatchCursor, assignment: Assignment }),
  z.object({ type: z.literal('gateway'), cursor: WatchCursor, gateway: Gateway }),
  /** Nothing new: the watcher is up to date as of now. Sent every few seconds. */
  z.object({ type: z.literal('current'), cursor: WatchCursor }),
])
export type WatchEvent = z.infer<typeof WatchEvent>

import type { GatewayId, GuildId, ParkedLane, Position } from '@guildmesh/contracts'
import { Lane } from './lane.ts'
import { LaneQueue } from './lane-queue.ts'
import { isBefore } from './position-order.ts'

/**
 * The lanes of which earlier holders parked events: they go on with those, and wait for those that lie elsewhere.
 * @param here what lies on this gateway's disk
 * @param marks what the mesh knows to lie anywhere
 */
export function inheritedLanes(
  self: GatewayId,
  here: readonly { readonly guildId: GuildId; readonly through: Position }[],
  marks: readonly ParkedLane[],
): Lane[] {
  const last = new Map<GuildId, Position>()
  for (const { guildId, through } of [...here, ...marks]) {
    if (isBefore(last.get(guildId) ?? null, through)) last.set(guildId, through)
  }
  const onOwnDisk = new Set(here.map(({ guildId }) => guildId))
  const elsewhere = new Set(marks.filter(({ keeper }) => keeper !== self).map(({ guildId }) => guildId))
  return [...last].map(
    ([guildId, through]) =>
      new Lane(guildId, new LaneQueue(through, onOwnDisk.has(guildId)), {
        name: elsewhere.has(guildId) ? 'fetching' : 'idle',
      }),
  )
}

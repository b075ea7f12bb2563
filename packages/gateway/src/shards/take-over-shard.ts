import type { GatewayId, ShardLease } from '@guildmesh/contracts'
import type { GuildStore } from '@guildmesh/guild-store'
import type { ParkedMarks } from '../delivery/parked-marks.ts'
import { type ResumePoint, resumePoint } from './resume-point.ts'

/**
 * Decides where a new holder goes on, and drops from its volume what must not be delivered by it.
 * @returns where it goes on
 */
export function takeOverShard(
  self: GatewayId,
  lease: ShardLease,
  { parked, sessions }: GuildStore['shards'],
  marks: ParkedMarks,
): ResumePoint {
  const { shardId } = lease
  const point = resumePoint(self, lease, { session: sessions.find(shardId), parked: parked.spans(shardId) })
  for (const { guildId, after } of point.drop) parked.forgetAfter(shardId, guildId, after)
  for (const guildId of point.vanished) marks.goneHere(guildId)
  return point
}

import {
  comparePositions,
  type GatewayId,
  type GuildId,
  type ParkedLane,
  type Position,
  type ShardLease,
  type ShardSession,
} from '@guildmesh/contracts'

/** What a gateway's own volume has of a shard. */
export interface LocalShard {
  readonly session: ShardSession | null
  /** Parked lanes on its disk. */
  readonly parked: readonly { readonly guildId: GuildId; readonly through: Position }[]
}

export interface ResumePoint {
  readonly session: ShardSession | null
  /** Parked events on the own disk that Discord replays, or that somebody has delivered since: to be dropped. */
  readonly drop: readonly { readonly guildId: GuildId; readonly after: Position | null }[]
  /** Lanes that the mesh believes to lie here, and of which nothing does. */
  readonly vanished: readonly GuildId[]
  /** Lanes that begin after parked events, here or elsewhere. What Discord replays of those is known. */
  readonly inherited: readonly ParkedLane[]
}

/**
 * Where a new holder goes on, by its lease and by what its volume has. The volume can know more than the config API:
 * it was told while that was away. It can also know less, or of sessions that are long over, since the shard was
 * elsewhere. Parked events count as far as one of the two says that the checkpoint has passed them; those
 * after it come again from Discord. Parked events can also lie after the checkpoint, if other lanes hold it up; they
 * come again too, and are known.
 *
 * A lane that should lie here and does not was delivered, most likely. If its events are lost, those that Discord replays
 * must not be taken for known: such a lane begins at the checkpoint.
 */
export function resumePoint(self: GatewayId, lease: ShardLease, local: LocalShard): ResumePoint {
  const isLocalAhead = isAhead(local.session, lease)
  const session = isLocalAhead ? local.session : lease.session
  const marks = new Map(
    lease.parked.filter(({ keeper }) => keeper === self).map(({ guildId, through }) => [guildId, through]),
  )
  const passed = isLocalAhead && local.session ? positionOf(local.session) : null
  const drop = local.parked.flatMap(({ guildId, through }) => {
    const keep = later(marks.get(guildId) ?? null, passed)
    return keep && comparePositions(through, keep) <= 0 ? [] : [{ guildId, after: keep }]
  })
  const here = new Set(local.parked.map(({ guildId }) => guildId))
  const vanished = new Set([...marks.keys()].filter((guildId) => !here.has(guildId)))
  const inherited = lease.parked.map((lane) => {
    const isVanished = lane.keeper === self && vanished.has(lane.guildId)
    return isVanished && session ? { ...lane, through: earlier(lane.through, positionOf(session)) } : lane
  })
  return { session, drop, vanished: [...vanished], inherited }
}

function isAhead(local: ShardSession | null, { session, endedGeneration }: ShardLease): boolean {
  if (!local || local.generation <= endedGeneration) return false
  return session === null || comparePositions(local, session) > 0
}

function positionOf({ generation, seq }: ShardSession): Position {
  return { generation, seq }
}

function earlier(a: Position, b: Position): Position {
  return comparePositions(a, b) <= 0 ? a : b
}

function later(a: Position | null, b: Position | null): Position | null {
  if (!a || !b) return a ?? b
  return comparePositions(a, b) >= 0 ? a : b
}

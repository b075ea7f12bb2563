import {
  comparePositions,
  type DeliverInput,
  type Failure,
  type GuildId,
  type LaneEvent,
  type Position,
} from '@guildmesh/contracts'

/** Where a guild's stream stands at its owner. */
export interface LaneCursor {
  readonly position: Position
  readonly shardId: number
  readonly shardCount: number
  readonly shardEpoch: number
}

/** What to do with a delivered lane, and why. */
export type LaneDecision =
  | { readonly kind: 'refuse'; readonly failure: Failure }
  /**
   * Apply these, in this order; `duplicates` were there already. What follows in the lane and does not link up is left
   * for the holder to send again.
   */
  | {
      readonly kind: 'apply'
      readonly events: readonly LaneEvent[]
      readonly duplicates: number
    }

/**
 * Which events of a lane to apply (I3: each once, in order). An event at or below the cursor is there already; one that
 * links to the cursor, or is stated to be the first since everything was durable, comes next; any other leaves a sequence gap.
 */
export function decideLane(
  guildId: GuildId,
  cursor: LaneCursor | null,
  shard: Pick<DeliverInput, 'shardId' | 'shardCount' | 'shardEpoch'>,
  events: readonly LaneEvent[],
): LaneDecision {
  if (cursor && isSameShard(cursor, shard) && shard.shardEpoch < cursor.shardEpoch) {
    const failure: Failure = { kind: 'StaleEpoch', offered: shard.shardEpoch, current: cursor.shardEpoch }
    return { kind: 'refuse', failure }
  }
  const applied: LaneEvent[] = []
  let duplicates = 0
  let at = cursor?.position ?? null
  for (const event of events) {
    if (at && comparePositions(event.position, at) <= 0) {
      duplicates += 1
    } else if (event.previous === null || (at && comparePositions(event.previous, at) === 0)) {
      applied.push(event)
      at = event.position
    } else if (applied.length === 0 && duplicates === 0) {
      return { kind: 'refuse', failure: { kind: 'SequenceGap', guildId, cursor: at } }
    } else {
      break
    }
  }
  return { kind: 'apply', events: applied, duplicates }
}

/** Lease epochs of different shards, or of another sharding, cannot be compared; generations still can. */
function isSameShard(cursor: LaneCursor, shard: Pick<DeliverInput, 'shardId' | 'shardCount'>): boolean {
  return cursor.shardId === shard.shardId && cursor.shardCount === shard.shardCount
}

import { type GatewayId, ordinalOf } from '@guildmesh/contracts'

/** One shard as the leases show it. */
export interface ShardTenure {
  readonly shardId: number
  /** `null`: free. */
  readonly holder: GatewayId | null
  /** Who held it last; a free shard goes back there first, because its events are parked there. */
  readonly lastHolder: GatewayId | null
}

/** What one gateway should do about shards now. */
export interface ShardPlan {
  /** How many shards the gateway should hold. */
  readonly quota: number
  /** Free shards that it may take now. */
  readonly acquire: readonly number[]
  /** Shards it holds beyond its quota, for others that are short of theirs. */
  readonly handOver: readonly number[]
}

/**
 * Plans who holds which shard, with the fewest hand-overs: everybody's quota is the average rounded down or up, and
 * the larger quotas go to those who hold the most already. Every gateway that asks with the same leases gets its part
 * of the same plan.
 * @param participants gateways that hold shards and may go on (not offline, not draining); any other that still
 *   holds one hands it over
 */
export function planShards(
  self: GatewayId,
  shards: readonly ShardTenure[],
  participants: readonly GatewayId[],
): ShardPlan {
  const held = shards.filter(({ holder }) => holder === self).map(({ shardId }) => shardId)
  const quota = quotaOf(self, shards, participants)
  const free = shards.filter(({ holder }) => holder === null)
  const acquire = byPreference(self, free).slice(0, Math.max(0, quota - held.length))
  // Any of them would do; giving the highest ids makes the choice repeatable.
  const handOver = held.toSorted((a, b) => a - b).slice(quota)
  return { quota, acquire, handOver }
}

function quotaOf(
  self: GatewayId,
  shards: readonly ShardTenure[],
  participants: readonly GatewayId[],
): number {
  if (!participants.includes(self)) return 0
  const base = Math.floor(shards.length / participants.length)
  const larger = shards.length % participants.length
  const count = (gatewayId: GatewayId) => shards.filter(({ holder }) => holder === gatewayId).length
  const ranked = participants.toSorted((a, b) => count(b) - count(a) || ordinalOf(a) - ordinalOf(b))
  return ranked.indexOf(self) < larger ? base + 1 : base
}

/** One's own former shards first, then those that nobody has held, then others' former shards; by id within each. */
function byPreference(self: GatewayId, free: readonly ShardTenure[]): number[] {
  const rank = ({ lastHolder }: ShardTenure) => (lastHolder === self ? 0 : lastHolder === null ? 1 : 2)
  return free.toSorted((a, b) => rank(a) - rank(b) || a.shardId - b.shardId).map(({ shardId }) => shardId)
}

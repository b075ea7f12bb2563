/** Which sockets a fault concerns: one shard of one count, or all. */
export interface ShardFilter {
  shardId?: number | undefined
  shardCount?: number | undefined
}

/** Standing gateway faults, looked at by every connection. */
export class GatewayFaults {
  /** Nothing is written while on: no dispatches, no heartbeat ACKs. What was held goes out afterwards. */
  silent: ShardFilter | null = null
  /** Every frame waits this long before it is written. */
  delayMs = 0
  /** New IDENTIFYs are answered with op 9 until this count is used up. */
  refuseIdentifies = 0
  /** New RESUMEs are answered with op 9 false until this count is used up. */
  refuseResumes = 0
}

export function matchesShard(
  filter: ShardFilter,
  session: { shardId: number; shardCount: number } | null,
): boolean {
  if (filter.shardId !== undefined && session?.shardId !== filter.shardId) return false
  return filter.shardCount === undefined || session?.shardCount === filter.shardCount
}

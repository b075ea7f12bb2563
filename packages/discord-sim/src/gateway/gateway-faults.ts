/** Which sockets a fault concerns: one shard of one count, or all. */
export interface ShardFilter {
  shardId?: number | undefined
  shardCount?: number | undefined
}

/** A fault that hits so many times and is over then. */
interface Limited {
  left: number
}

/** How a replay ends before RESUMED. */
export type ReplayBreak = 'drop' | 'invalid-session' | 'resumable-invalid-session' | 'reconnect'

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
  /** IDENTIFYs, or RESUMEs too, are taken and not answered while on; heartbeats are. */
  withheld: (ShardFilter & { resumes: boolean }) | null = null
  /** So many new sockets get op 7 in the place of HELLO. */
  reconnectsInsteadOfHello = 0
  /** Replays that end after so many events. */
  brokenReplay: (Limited & { how: ReplayBreak; afterEvents: number }) | null = null
  /** Sockets that are closed (without a code: cut) once they have got READY or RESUMED. */
  readonly closings: Record<'READY' | 'RESUMED', (Limited & { code: number | null }) | null> = {
    READY: null,
    RESUMED: null,
  }

  /** True where this socket gets no HELLO. */
  takeReconnectInsteadOfHello(): boolean {
    if (this.reconnectsInsteadOfHello <= 0) return false
    this.reconnectsInsteadOfHello -= 1
    return true
  }

  takeBrokenReplay(): { how: ReplayBreak; afterEvents: number } | null {
    return take(this.brokenReplay)
  }

  takeClosing(after: 'READY' | 'RESUMED'): { code: number | null } | null {
    return take(this.closings[after])
  }

  clear(): void {
    this.silent = null
    this.delayMs = 0
    this.refuseIdentifies = 0
    this.refuseResumes = 0
    this.withheld = null
    this.reconnectsInsteadOfHello = 0
    this.brokenReplay = null
    this.closings.READY = null
    this.closings.RESUMED = null
  }
}

function take<T extends Limited>(fault: T | null): T | null {
  if (!fault || fault.left <= 0) return null
  fault.left -= 1
  return fault
}

export function matchesShard(
  filter: ShardFilter,
  session: { shardId: number; shardCount: number } | null,
): boolean {
  if (filter.shardId !== undefined && session?.shardId !== filter.shardId) return false
  return filter.shardCount === undefined || session?.shardCount === filter.shardCount
}

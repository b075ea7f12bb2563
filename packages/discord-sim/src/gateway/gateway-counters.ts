/** How the bot used the gateway, per shard (`id/count`), as the oracle reports it. */
export class GatewayCounters {
  identifies = 0
  identifiesRefused = 0
  resumes = 0
  resumesRefused = 0
  dispatched = 0
  readonly identifiesByShard = new Map<string, number>()
  readonly resumesByShard = new Map<string, number>()
  readonly closes = new Map<number, number>()
  /** Sessions that can no longer be resumed: what came after `acknowledgedSeq` may never have been applied. */
  readonly endedSessions: {
    shardId: number
    shardCount: number
    seq: number
    acknowledgedSeq: number
    at: number
  }[] = []

  identified(shard: string): void {
    this.identifies += 1
    this.identifiesByShard.set(shard, (this.identifiesByShard.get(shard) ?? 0) + 1)
  }

  resumed(shard: string): void {
    this.resumes += 1
    this.resumesByShard.set(shard, (this.resumesByShard.get(shard) ?? 0) + 1)
  }

  closed(code: number): void {
    this.closes.set(code, (this.closes.get(code) ?? 0) + 1)
  }
}

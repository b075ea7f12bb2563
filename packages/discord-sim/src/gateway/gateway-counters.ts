/** What came after `acknowledgedSeq` may never have been applied. */
interface EndedSession {
  shardId: number
  shardCount: number
  seq: number
  acknowledgedSeq: number
  at: number
}

const keptEndedSessions = 10_000

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
  /** The latest of the sessions that can no longer be resumed. */
  readonly endedSessions: EndedSession[] = []

  identified(shard: string): void {
    this.identifies += 1
    this.identifiesByShard.set(shard, (this.identifiesByShard.get(shard) ?? 0) + 1)
  }

  resumed(shard: string): void {
    this.resumes += 1
    this.resumesByShard.set(shard, (this.resumesByShard.get(shard) ?? 0) + 1)
  }

  ended(session: EndedSession): void {
    this.endedSessions.push(session)
    if (this.endedSessions.length > keptEndedSessions) this.endedSessions.shift()
  }

  closed(code: number): void {
    this.closes.set(code, (this.closes.get(code) ?? 0) + 1)
  }
}

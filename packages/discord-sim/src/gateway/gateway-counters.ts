/** What came after `acknowledgedSeq` may never have been applied. */
interface EndedSession {
  shardId: number
  shardCount: number
  seq: number
  acknowledgedSeq: number
  at: number
}

const keptEndedSessions = 10_000

/** What can happen to a session or its socket. */
export type GatewayHappening =
  | 'identified'
  | 'identify-refused'
  | 'resumed'
  | 'resume-refused'
  | 'closed'
  | 'session-ended'

/** `shard` is `id/count`, null for a socket without a session; `code` is that of a close. */
type StepListener = (what: GatewayHappening, shard: string | null, code: number | null) => void

/** How the bot used the gateway, per shard (`id/count`), as the oracle reports it. */
export class GatewayCounters {
  identifies = 0
  identifiesRefused = 0
  resumes = 0
  resumesRefused = 0
  dispatched = 0
  /** Sockets dropped because their client did not read fast enough. */
  slowReaders = 0
  readonly identifiesByShard = new Map<string, number>()
  readonly resumesByShard = new Map<string, number>()
  readonly closes = new Map<number, number>()
  /** The latest of the sessions that can no longer be resumed. */
  readonly endedSessions: EndedSession[] = []
  readonly #listeners: StepListener[] = []

  /** Calls back at everything that happens from now on. */
  onStep(listener: StepListener): void {
    this.#listeners.push(listener)
  }

  identified(shard: string): void {
    this.identifies += 1
    this.identifiesByShard.set(shard, (this.identifiesByShard.get(shard) ?? 0) + 1)
    this.#tell('identified', shard)
  }

  resumed(shard: string): void {
    this.resumes += 1
    this.resumesByShard.set(shard, (this.resumesByShard.get(shard) ?? 0) + 1)
    this.#tell('resumed', shard)
  }

  refusedIdentify(): void {
    this.identifiesRefused += 1
    this.#tell('identify-refused', null)
  }

  refusedResume(): void {
    this.resumesRefused += 1
    this.#tell('resume-refused', null)
  }

  ended(session: EndedSession): void {
    this.endedSessions.push(session)
    if (this.endedSessions.length > keptEndedSessions) this.endedSessions.shift()
    this.#tell('session-ended', `${session.shardId}/${session.shardCount}`)
  }

  /** A socket closed; `shard` names the session that it carried until then. */
  closed(code: number, shard: string | null): void {
    this.closes.set(code, (this.closes.get(code) ?? 0) + 1)
    this.#tell('closed', shard, code)
  }

  #tell(what: GatewayHappening, shard: string | null, code: number | null = null): void {
    for (const listener of this.#listeners) listener(what, shard, code)
  }
}

import { ShardSession } from '@guildmesh/contracts'
import type { Database, Statement } from 'better-sqlite3'

/** Where to RESUME each shard that this gateway held, as this volume knows it. */
export class ShardSessions {
  readonly #get: Statement<[number]>
  readonly #put: Statement<[number, number, string, string, number]>
  readonly #remove: Statement<[number]>

  constructor(database: Database) {
    this.#get = database.prepare(
      'SELECT generation, session_id AS sessionId, resume_url AS resumeUrl, seq FROM shard_sessions WHERE shard_id = ?',
    )
    this.#put = database.prepare(`
      INSERT INTO shard_sessions (shard_id, generation, session_id, resume_url, seq) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (shard_id) DO UPDATE SET generation = excluded.generation, session_id = excluded.session_id,
        resume_url = excluded.resume_url, seq = excluded.seq`)
    this.#remove = database.prepare('DELETE FROM shard_sessions WHERE shard_id = ?')
  }

  find(shardId: number): ShardSession | null {
    const row = this.#get.get(shardId)
    return row ? ShardSession.parse(row) : null
  }

  /** `null`: there is nothing to resume. */
  save(shardId: number, session: ShardSession | null): void {
    if (!session) this.#remove.run(shardId)
    else this.#put.run(shardId, session.generation, session.sessionId, session.resumeUrl, session.seq)
  }
}

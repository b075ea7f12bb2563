import { GuildId } from '@guildmesh/contracts'
import type { Database, Statement } from 'better-sqlite3'

/** Which guilds have work that waits for this gateway. Knows guilds and times only, never their rows. */
export class WorkIndex {
  readonly #outboxGuilds: Statement<[], { guild_id: string }>
  readonly #dueJobs: Statement<[number, number], { guild_id: string; job_id: string }>
  readonly #nextJob: Statement<[], { due_at: number | null }>
  readonly #expired: Statement<[number, number], { guild_id: string }>
  readonly #outboxFigures: Statement<[], { state: string; depth: number; oldest: number | null }>

  constructor(database: Database) {
    this.#outboxGuilds = database.prepare(`
      SELECT DISTINCT guild_id FROM outbox JOIN guild_own USING (guild_id)
      WHERE state IN ('pending', 'in_flight') AND role = 'active'`)
    this.#dueJobs = database.prepare(`
      SELECT guild_id, job_id FROM jobs JOIN guild_own USING (guild_id)
      WHERE state = 'waiting' AND due_at <= ? AND role = 'active' ORDER BY due_at LIMIT ?`)
    this.#nextJob = database.prepare(`
      SELECT min(due_at) AS due_at FROM jobs JOIN guild_own USING (guild_id)
      WHERE state = 'waiting' AND role = 'active'`)
    this.#expired = database.prepare(`
      SELECT guild_id FROM interactions JOIN guild_own USING (guild_id)
        WHERE expires_at <= ? AND role = 'active'
      UNION SELECT guild_id FROM setup_drafts JOIN guild_own USING (guild_id)
        WHERE expires_at <= ? AND role = 'active'`)
    this.#outboxFigures = database.prepare(`
      SELECT state, count(*) AS depth, min(created_at) AS oldest FROM outbox GROUP BY state`)
  }

  /** Served guilds with calls still to make. */
  guildsWithCalls(): GuildId[] {
    return this.#outboxGuilds.all().map((row) => GuildId.parse(row.guild_id))
  }

  /** Jobs of served guilds that are due at `now`, the longest waiting first. */
  dueJobs(now: number, limit: number): { guildId: GuildId; jobId: string }[] {
    return this.#dueJobs
      .all(now, limit)
      .map((row) => ({ guildId: GuildId.parse(row.guild_id), jobId: row.job_id }))
  }

  /** When the next job of a served guild is due, epoch milliseconds; `null` if none waits. */
  nextJobAt(): number | null {
    return this.#nextJob.get()?.due_at ?? null
  }

  /** Served guilds with stored answers or drafts that have expired. */
  guildsWithExpired(now: number): GuildId[] {
    return this.#expired.all(now, now).map((row) => GuildId.parse(row.guild_id))
  }

  /** How many calls wait, how many are dead, and when the oldest waiting one was written. */
  outboxFigures(): { waiting: number; dead: number; oldestAt: number | null } {
    const figures = { waiting: 0, dead: 0, oldestAt: null as number | null }
    for (const { state, depth, oldest } of this.#outboxFigures.all()) {
      if (state === 'dead') {
        figures.dead += depth
        continue
      }
      figures.waiting += depth
      if (oldest !== null) figures.oldestAt = Math.min(oldest, figures.oldestAt ?? oldest)
    }
    return figures
  }
}

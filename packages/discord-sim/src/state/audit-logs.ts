import type { APIAuditLogEntry } from 'discord-api-types/v10'
import type { GuildState } from './entities.ts'
import { compareSnowflakes } from '../snowflake.ts'
import { fairShare } from './fair-share.ts'

export interface AuditLimits {
  /** Entries that one guild keeps. */
  perGuild: number
  /** Entries that all guilds keep together; the fullest give first. */
  inAll: number
}

type Listener = (guild: GuildState, entry: APIAuditLogEntry) => void

/** A limit may be passed by this share of it, so that forgetting is seldom and in one go. */
const slack = 1 / 16

/** The guilds' audit logs: entries go in here, oldest ones are forgotten here. */
export class AuditLogs {
  readonly #guilds: ReadonlyMap<string, GuildState>
  readonly #limits: AuditLimits
  readonly #listeners = new Set<Listener>()
  /** So many entries can be added before all guilds together may have passed their limit. */
  #room: number

  constructor(guilds: ReadonlyMap<string, GuildState>, limits: AuditLimits) {
    this.#guilds = guilds
    this.#limits = limits
    this.#room = limits.inAll * (1 + slack)
  }

  /** Told of every deed as it is done, whenever its entry comes. Returns the function that stops it. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  tell(guild: GuildState, entry: APIAuditLogEntry): void {
    for (const listener of this.#listeners) listener(guild, entry)
  }

  /** Adds an entry in the order of ids, which are of the moments of the deeds. */
  add(guild: GuildState, entry: APIAuditLogEntry): void {
    const log = guild.auditLog
    let index = log.length
    while (index > 0 && compareSnowflakes(log[index - 1]?.id ?? '', entry.id) > 0) index -= 1
    log.splice(index, 0, entry)
    this.#forget(guild)
  }

  #forget(guild: GuildState): void {
    const { perGuild, inAll } = this.#limits
    if (guild.auditLog.length > perGuild * (1 + slack)) trim(guild, perGuild)
    this.#room -= 1
    if (this.#room >= 0) return
    const guilds = [...this.#guilds.values()]
    const sizes = guilds.map((other) => other.auditLog.length)
    const share = Math.max(1, fairShare(sizes, inAll))
    for (const other of guilds) if (other.auditLog.length > share) trim(other, share)
    const kept = guilds.reduce((sum, other) => sum + other.auditLog.length, 0)
    this.#room = Math.max(0, inAll - kept) + inAll * slack
  }
}

function trim(guild: GuildState, keep: number): void {
  guild.auditLog.splice(0, guild.auditLog.length - keep)
}

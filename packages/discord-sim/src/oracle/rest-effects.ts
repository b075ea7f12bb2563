import type { APIAuditLogEntry } from 'discord-api-types/v10'
import { snowflakeTimeMs } from '../snowflake.ts'
import type { GuildState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { canonicalJson } from './canonical-json.ts'

/** The same thing twice within this time is one thing done twice; later it may well be meant. */
const sameEffectMs = 60_000

/** ChannelCreate, RoleCreate, InviteCreate, WebhookCreate, EmojiCreate, ThreadCreate, AutoModerationRuleCreate. */
const creations = new Set<number>([10, 30, 40, 50, 60, 110, 140])
/** Deletions are folded into one entry with a count, and pins may come and go. */
const repeatable = new Set<number>([72, 73, 74, 75])

export interface DoubledAuditEntry {
  guildId: string
  actionType: number
  targetIds: (string | null)[]
  entryIds: string[]
}

/** So many doubled effects are told one by one; more than that tell nothing new. */
const namedEffects = 1_000

/**
 * Notices what the bot did twice within a minute: the same change of the same target, where nobody else
 * touched that target in between, or two creations that are alike. Looks at each entry as it is written,
 * so that it needs no log that goes back for ever.
 */
export class EffectWatch {
  readonly #world: World
  /** Per guild, the bot's entries of the last minute by what they did. */
  readonly #recent = new Map<string, Map<string, APIAuditLogEntry>>()
  readonly doubled: DoubledAuditEntry[] = []

  constructor(world: World) {
    this.#world = world
    world.auditLogs.listen((guild, entry) => this.#look(guild, entry))
  }

  clear(): void {
    this.#recent.clear()
    this.doubled.length = 0
  }

  #look(guild: GuildState, entry: APIAuditLogEntry): void {
    const recent = this.#recentOf(guild, entry)
    if (entry.user_id !== this.#world.app.botId) {
      for (const [key, own] of recent) if (own.target_id === entry.target_id) recent.delete(key)
      return
    }
    if (repeatable.has(entry.action_type)) return
    const subject = creations.has(entry.action_type)
      ? canonicalJson(entry.changes ?? [])
      : String(entry.target_id)
    const key = `${entry.action_type} ${subject}`
    const before = recent.get(key)
    // Set anew, so that the map stays in the order of time.
    recent.delete(key)
    recent.set(key, entry)
    if (!before || !sameContent(before, entry) || this.doubled.length >= namedEffects) return
    this.doubled.push({
      guildId: guild.id,
      actionType: entry.action_type,
      targetIds: [before.target_id, entry.target_id],
      entryIds: [before.id, entry.id],
    })
  }

  /** The guild's entries that are near enough to this one to be the same effect. */
  #recentOf(guild: GuildState, entry: APIAuditLogEntry): Map<string, APIAuditLogEntry> {
    const recent = this.#recent.get(guild.id) ?? new Map<string, APIAuditLogEntry>()
    this.#recent.set(guild.id, recent)
    const oldestMs = snowflakeTimeMs(entry.id) - sameEffectMs
    for (const [key, own] of recent) {
      if (snowflakeTimeMs(own.id) >= oldestMs) break
      recent.delete(key)
    }
    return recent
  }
}

function sameContent(left: APIAuditLogEntry, right: APIAuditLogEntry): boolean {
  const content = (entry: APIAuditLogEntry) =>
    canonicalJson([entry.changes ?? [], entry.options ?? {}, entry.reason ?? null])
  return content(left) === content(right)
}

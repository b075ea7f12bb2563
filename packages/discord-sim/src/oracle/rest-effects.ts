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

/**
 * Finds what the bot did twice within a minute: the same change of the same target, where nobody else
 * touched that target in between, or two creations that are alike.
 */
export function findDoubledEffects(world: World): DoubledAuditEntry[] {
  return [...world.guilds.values()].flatMap((guild) => findInGuild(world, guild))
}

function findInGuild(world: World, guild: GuildState): DoubledAuditEntry[] {
  const last = new Map<string, APIAuditLogEntry>()
  const found: DoubledAuditEntry[] = []
  for (const entry of guild.auditLog) {
    if (entry.user_id !== world.app.botId) {
      for (const [key, own] of last) if (own.target_id === entry.target_id) last.delete(key)
      continue
    }
    if (repeatable.has(entry.action_type)) continue
    const subject = creations.has(entry.action_type)
      ? canonicalJson(entry.changes ?? [])
      : String(entry.target_id)
    const key = `${entry.action_type} ${subject}`
    const before = last.get(key)
    last.set(key, entry)
    if (!before || !sameContent(before, entry)) continue
    if (snowflakeTimeMs(entry.id) - snowflakeTimeMs(before.id) > sameEffectMs) continue
    found.push({
      guildId: guild.id,
      actionType: entry.action_type,
      targetIds: [before.target_id, entry.target_id],
      entryIds: [before.id, entry.id],
    })
  }
  return found
}

function sameContent(left: APIAuditLogEntry, right: APIAuditLogEntry): boolean {
  const content = (entry: APIAuditLogEntry) =>
    canonicalJson([entry.changes ?? [], entry.options ?? {}, entry.reason ?? null])
  return content(left) === content(right)
}

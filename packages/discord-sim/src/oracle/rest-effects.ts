import type { APIAuditLogEntry } from 'discord-api-types/v10'
import { snowflakeTimeMs } from '../snowflake.ts'
import type { World } from '../state/world.ts'
import { canonicalJson } from './canonical-json.ts'

/** Two creations alike within this time are one creation done twice. */
const sameCreationMs = 60_000

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
 * Finds what the bot did twice: the same change of the same target with nothing of that kind between,
 * or two like creations shortly after one another.
 */
export function findDoubledEffects(world: World): DoubledAuditEntry[] {
  return [...world.guilds.values()].flatMap((guild) => {
    const own = guild.auditLog.filter(
      (entry) => entry.user_id === world.app.botId && !repeatable.has(entry.action_type),
    )
    const last = new Map<string, APIAuditLogEntry>()
    return own.flatMap((entry): DoubledAuditEntry[] => {
      const isCreation = creations.has(entry.action_type)
      const key = isCreation
        ? `${entry.action_type} ${canonicalJson(entry.changes ?? [])}`
        : `${entry.action_type} ${entry.target_id}`
      const before = last.get(key)
      last.set(key, entry)
      if (!before || !sameContent(before, entry)) return []
      const gapMs = snowflakeTimeMs(entry.id) - snowflakeTimeMs(before.id)
      if (isCreation && gapMs > sameCreationMs) return []
      return [
        {
          guildId: guild.id,
          actionType: entry.action_type,
          targetIds: [before.target_id, entry.target_id],
          entryIds: [before.id, entry.id],
        },
      ]
    })
  })
}

function sameContent(left: APIAuditLogEntry, right: APIAuditLogEntry): boolean {
  const content = (entry: APIAuditLogEntry) =>
    canonicalJson([entry.changes ?? [], entry.options ?? {}, entry.reason ?? null])
  return content(left) === content(right)
}

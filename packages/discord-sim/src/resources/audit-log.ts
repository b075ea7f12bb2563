import { AuditLogEvent } from 'discord-api-types/v10'
import type { APIAuditLogChange, APIAuditLogEntry, APIAuditLogOptions } from 'discord-api-types/v10'
import type { GuildState } from '../state/entities.ts'
import type { Actor, World } from '../state/world.ts'
import { snowflakeTimeMs } from '../snowflake.ts'

/** Discord folds deletions by one person of one author's messages in one channel into one entry. */
const foldWindowMs = 5 * 60_000

/** A change of one field; `from` is left out for a creation, `to` for a deletion. */
export interface AuditChange {
  key: string
  from?: unknown
  to?: unknown
}

/** Appends an entry to the guild's audit log and announces it to bots that may read the log. */
export function recordAudit(
  world: World,
  guild: GuildState,
  entry: {
    action: AuditLogEvent
    actor: Actor
    targetId: string | null
    changes?: AuditChange[]
    options?: APIAuditLogOptions
  },
): void {
  if (foldIntoLast(world, guild, entry)) return
  const record: APIAuditLogEntry = {
    id: world.ids.next(),
    user_id: entry.actor.userId,
    target_id: entry.targetId,
    action_type: entry.action,
    ...(entry.changes && entry.changes.length > 0 ? { changes: entry.changes.map(renderChange) } : {}),
    ...(entry.options ? { options: entry.options } : {}),
    ...(entry.actor.reason ? { reason: entry.actor.reason } : {}),
  }
  world.auditLogs.add(guild, record)
  world.bus.emit('GUILD_AUDIT_LOG_ENTRY_CREATE', guild, { ...record, guild_id: guild.id })
}

function foldIntoLast(
  world: World,
  guild: GuildState,
  entry: { action: AuditLogEvent; actor: Actor; targetId: string | null; options?: APIAuditLogOptions },
): boolean {
  if (entry.action !== AuditLogEvent.MessageDelete) return false
  const last = guild.auditLog.at(-1)
  if (
    !last?.options?.count ||
    last.action_type !== entry.action ||
    last.user_id !== entry.actor.userId ||
    last.target_id !== entry.targetId ||
    last.options.channel_id !== entry.options?.channel_id ||
    world.now() - snowflakeTimeMs(last.id) > foldWindowMs
  ) {
    return false
  }
  last.options.count = String(Number(last.options.count) + 1)
  return true
}

/** One cast for the whole log: the type ties each key to its value, which callers here know. */
function renderChange(change: AuditChange): APIAuditLogChange {
  return {
    key: change.key,
    ...(change.from === undefined ? {} : { old_value: change.from }),
    ...(change.to === undefined ? {} : { new_value: change.to }),
  } as APIAuditLogChange
}

/** The changes between two versions of an object, field by field. */
export function auditDifference<T extends object>(
  before: T,
  after: T,
  keys: (keyof T & string)[],
): AuditChange[] {
  return keys
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) => ({ key, from: before[key] ?? undefined, to: after[key] ?? undefined }))
}

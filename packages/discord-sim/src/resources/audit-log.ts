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

/** What was done, by whom, to what. */
interface AuditDeed {
  action: AuditLogEvent
  actor: Actor
  targetId: string | null
  changes?: AuditChange[]
  options?: APIAuditLogOptions
}

/**
 * Adds an entry to the guild's audit log and announces it to bots that may read the log, when `world.auditTiming` says.
 * Its id is of the moment of the deed, so a late entry can stand below others that were seen before it.
 */
export function recordAudit(world: World, guild: GuildState, deed: AuditDeed): void {
  if (foldIntoEarlier(world, guild, deed)) return
  const record: APIAuditLogEntry = {
    id: world.ids.next(),
    user_id: deed.actor.userId,
    target_id: deed.targetId,
    action_type: deed.action,
    ...(deed.changes && deed.changes.length > 0 ? { changes: deed.changes.map(renderChange) } : {}),
    ...(deed.options ? { options: deed.options } : {}),
    ...(deed.actor.reason ? { reason: deed.actor.reason } : {}),
  }
  const { lagMs, order } = world.auditTiming
  const ahead = order === 'before' || (order === 'either' && world.auditRandom.chance(0.5))
  const add = () => {
    world.auditLogs.add(guild, record)
    world.bus.emit('GUILD_AUDIT_LOG_ENTRY_CREATE', guild, { ...record, guild_id: guild.id }, { ahead })
  }
  world.auditLogs.tell(guild, record)
  const waitMs = ahead ? 0 : Math.round(world.auditRandom.next() * lagMs)
  if (waitMs === 0) add()
  else world.clock.after(waitMs, add)
}

/**
 * Discord counts further deletions by one person of one author's messages in one channel in the first entry, and tells
 * of that one alone. Source: https://github.com/discord/discord-api-docs/issues/5911
 */
function foldIntoEarlier(world: World, guild: GuildState, deed: AuditDeed): boolean {
  if (deed.action !== AuditLogEvent.MessageDelete) return false
  const oldest = world.now() - foldWindowMs
  for (let index = guild.auditLog.length - 1; index >= 0; index--) {
    const entry = guild.auditLog[index]
    if (!entry || snowflakeTimeMs(entry.id) < oldest) return false
    const same =
      entry.action_type === deed.action &&
      entry.user_id === deed.actor.userId &&
      entry.target_id === deed.targetId &&
      entry.options?.channel_id === deed.options?.channel_id
    if (!same || !entry.options?.count) continue
    entry.options = { ...entry.options, count: String(Number(entry.options.count) + 1) }
    return true
  }
  return false
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

import { AuditLogEvent } from 'discord-api-types/v10'
import type { APIBan } from 'discord-api-types/v10'
import type { BanState, GuildState } from '../state/entities.ts'
import type { Actor, World } from '../state/world.ts'
import { unknownResource } from '../discord-error.ts'
import { recordAudit } from './audit-log.ts'
import { removeMember } from './members.ts'
import { deleteMessages } from './messages.ts'

export function renderBan(world: World, ban: BanState): APIBan {
  return { user: world.user(ban.userId), reason: ban.reason }
}

/**
 * Bans a user, member or not, and deletes their messages of the last `deleteSeconds`. A second ban of
 * the same user is accepted and changes nothing, as on Discord.
 */
export function banUser(
  world: World,
  guild: GuildState,
  userId: string,
  deleteSeconds: number,
  actor: Actor,
): void {
  const user = world.user(userId)
  const fresh = !guild.bans.has(userId)
  if (fresh) {
    guild.bans.set(userId, { userId, reason: actor.reason ?? null })
    if (guild.members.has(userId)) removeMember(world, guild, userId)
    world.bus.emit('GUILD_BAN_ADD', guild, { guild_id: guild.id, user })
    recordAudit(world, guild, { action: AuditLogEvent.MemberBanAdd, actor, targetId: userId })
  }
  if (deleteSeconds > 0) deleteRecentOf(world, guild, userId, deleteSeconds)
}

function deleteRecentOf(world: World, guild: GuildState, userId: string, seconds: number): void {
  const since = world.now() - seconds * 1_000
  for (const channel of guild.channels.values()) {
    const ids: string[] = []
    for (const message of channel.messages?.values() ?? []) {
      if (message.authorId === userId && message.createdAtMs >= since) ids.push(message.id)
    }
    if (ids.length > 0) deleteMessages(world, channel, ids)
  }
}

export function unbanUser(world: World, guild: GuildState, userId: string, actor: Actor): void {
  if (!guild.bans.delete(userId)) throw unknownResource('ban')
  world.bus.emit('GUILD_BAN_REMOVE', guild, { guild_id: guild.id, user: world.user(userId) })
  recordAudit(world, guild, { action: AuditLogEvent.MemberBanRemove, actor, targetId: userId })
}

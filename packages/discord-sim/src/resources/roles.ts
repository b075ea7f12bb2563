import { AuditLogEvent } from 'discord-api-types/v10'
import type { APIRole, RoleFlags } from 'discord-api-types/v10'
import type { GuildState } from '../state/entities.ts'
import type { Actor, World } from '../state/world.ts'
import { unknownResource } from '../discord-error.ts'
import { auditDifference, recordAudit } from './audit-log.ts'
import { refreshBotSight } from './bot-sight.ts'
import { announceMemberUpdate } from './members.ts'

export interface RoleInput {
  name?: string | undefined
  permissions?: string | undefined
  color?: number | undefined
  /** Wins over `color`, which is its first. */
  colors?: APIRole['colors'] | null | undefined
  icon?: string | null | undefined
  unicodeEmoji?: string | null | undefined
  hoist?: boolean | undefined
  mentionable?: boolean | undefined
}

/** The enum names only the set bit; none set is a value too. */
const noRoleFlags = 0 as RoleFlags

const auditedKeys: (keyof APIRole)[] = ['name', 'permissions', 'color', 'hoist', 'mentionable']

export function buildRole(
  id: string,
  position: number,
  input: RoleInput & { managedByBot?: string },
): APIRole {
  const color = input.colors?.primary_color ?? input.color ?? 0
  return {
    id,
    name: input.name ?? 'new role',
    permissions: input.permissions ?? '0',
    position,
    color,
    colors: input.colors ?? { primary_color: color, secondary_color: null, tertiary_color: null },
    hoist: input.hoist ?? false,
    managed: input.managedByBot !== undefined,
    mentionable: input.mentionable ?? false,
    icon: input.icon ?? null,
    unicode_emoji: input.unicodeEmoji ?? null,
    flags: noRoleFlags,
    ...(input.managedByBot === undefined ? {} : { tags: { bot_id: input.managedByBot } }),
  }
}

export function requireRole(guild: GuildState, roleId: string): APIRole {
  const role = guild.roles.get(roleId)
  if (!role) throw unknownResource('role')
  return role
}

export function createRole(world: World, guild: GuildState, input: RoleInput, actor: Actor): APIRole {
  const everyone = guild.roles.get(guild.id)
  const role = buildRole(world.ids.next(), 1, {
    ...input,
    permissions: input.permissions ?? everyone?.permissions,
  })
  for (const other of guild.roles.values()) if (other.position >= 1) other.position += 1
  guild.roles.set(role.id, role)
  world.bus.emit('GUILD_ROLE_CREATE', guild, { guild_id: guild.id, role: { ...role } })
  recordAudit(world, guild, {
    action: AuditLogEvent.RoleCreate,
    actor,
    targetId: role.id,
    changes: auditedKeys.map((key) => ({ key, to: role[key] })),
  })
  return role
}

export function updateRole(
  world: World,
  guild: GuildState,
  role: APIRole,
  input: RoleInput,
  actor: Actor,
): APIRole {
  const before = { ...role }
  if (input.name !== undefined) role.name = input.name
  if (input.permissions !== undefined) role.permissions = input.permissions
  if (input.hoist !== undefined) role.hoist = input.hoist
  if (input.mentionable !== undefined) role.mentionable = input.mentionable
  if (input.color !== undefined) {
    role.color = input.color
    role.colors = input.colors ?? { ...role.colors, primary_color: input.color }
  }
  // An icon takes the place of an emoji and the other way round.
  if (input.icon !== undefined) role.icon = input.icon
  if (input.unicodeEmoji !== undefined) role.unicode_emoji = input.unicodeEmoji
  if (input.icon) role.unicode_emoji = null
  if (input.unicodeEmoji) role.icon = null
  const changes = auditDifference(before, role, auditedKeys)
  if (JSON.stringify(before) === JSON.stringify(role)) return role
  world.bus.emit('GUILD_ROLE_UPDATE', guild, { guild_id: guild.id, role: { ...role } })
  refreshBotSight(world, guild)
  if (changes.length > 0)
    recordAudit(world, guild, { action: AuditLogEvent.RoleUpdate, actor, targetId: role.id, changes })
  return role
}

/** Moves roles to the given positions; the others keep their order around them. */
export function moveRoles(
  world: World,
  guild: GuildState,
  moves: { id: string; position: number }[],
  actor: Actor,
): APIRole[] {
  const before = new Map([...guild.roles.values()].map((role) => [role.id, role.position]))
  const wanted = new Map(moves.map((move) => [move.id, move.position]))
  const ordered = [...guild.roles.values()]
    .filter((role) => role.id !== guild.id)
    .toSorted((left, right) => left.position - right.position)
  const rest = ordered.filter((role) => !wanted.has(role.id))
  for (const move of moves.toSorted((left, right) => left.position - right.position)) {
    rest.splice(Math.max(0, move.position - 1), 0, requireRole(guild, move.id))
  }
  for (const [index, role] of rest.entries()) {
    role.position = index + 1
    if (before.get(role.id) === role.position) continue
    world.bus.emit('GUILD_ROLE_UPDATE', guild, { guild_id: guild.id, role: { ...role } })
    if (!wanted.has(role.id)) continue
    recordAudit(world, guild, {
      action: AuditLogEvent.RoleUpdate,
      actor,
      targetId: role.id,
      changes: [{ key: 'position', from: before.get(role.id), to: role.position }],
    })
  }
  return [...guild.roles.values()]
}

/**
 * Deletes a role, and with it the overwrites that name it; `leaveOverwrites` plays a race in which one stays: "it is
 * possible that a role or member could be added to an overwrite during a role deletion or member removal. Our
 * recommendation would be to ignore unresolved references". https://github.com/discord/discord-api-docs/issues/4303
 */
export function deleteRole(
  world: World,
  guild: GuildState,
  role: APIRole,
  actor: Actor,
  leaveOverwrites = false,
): void {
  guild.roles.delete(role.id)
  for (const other of guild.roles.values()) if (other.position > role.position) other.position -= 1
  for (const channel of leaveOverwrites ? [] : guild.channels.values()) {
    channel.overwrites = channel.overwrites.filter((overwrite) => overwrite.id !== role.id)
  }
  world.bus.emit('GUILD_ROLE_DELETE', guild, { guild_id: guild.id, role_id: role.id })
  for (const member of guild.members.values()) {
    if (!member.roles.includes(role.id)) continue
    member.roles = member.roles.filter((id) => id !== role.id)
    announceMemberUpdate(world, guild, member)
  }
  refreshBotSight(world, guild)
  recordAudit(world, guild, {
    action: AuditLogEvent.RoleDelete,
    actor,
    targetId: role.id,
    changes: auditedKeys.map((key) => ({ key, from: role[key] })),
  })
}

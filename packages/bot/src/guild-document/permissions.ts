import { OverwriteType, PermissionFlagsBits } from 'discord-api-types/v10'
import type { GuildId } from '@guildmesh/contracts'
import type { GuildReader } from '@guildmesh/guild-store'

/** Every permission bit there is or will be: what an owner or Administrator has. */
export const allPermissions = Object.values(PermissionFlagsBits).reduce((all, bit) => all | bit, 0n)

/** All that a member in timeout keeps. Source: https://discord.com/developers/docs/topics/permissions#permissions-for-timed-out-members */
const keptInTimeout = PermissionFlagsBits.ViewChannel | PermissionFlagsBits.ReadMessageHistory

/** What decides a member's permissions in a guild. */
export interface PermissionFacts {
  readonly guildId: GuildId
  readonly ownerId: string
  /** Permission bits by role. */
  readonly roles: ReadonlyMap<string, bigint>
}

export interface MemberState {
  readonly userId: string
  readonly roles: readonly string[]
  /** Epoch milliseconds, `null` if not in timeout. */
  readonly timeoutUntil: number | null
}

/** A channel's exception to the guild's permissions, for a role or a member. */
export interface Overwrite {
  readonly id: string
  readonly type: OverwriteType
  readonly allow: bigint
  readonly deny: bigint
}

/**
 * A member's permissions in the whole guild.
 * Source: https://discord.com/developers/docs/topics/permissions#permission-overwrites
 */
export function guildPermissions(facts: PermissionFacts, member: MemberState, now: number): bigint {
  if (member.userId === facts.ownerId) return allPermissions
  // The role that everybody has bears the guild's own id.
  const bits = [facts.guildId, ...member.roles].reduce((sum, role) => sum | (facts.roles.get(role) ?? 0n), 0n)
  if (bits & PermissionFlagsBits.Administrator) return allPermissions
  return isTimedOut(member, now) ? bits & keptInTimeout : bits
}

/** A member's permissions in one channel: @everyone's exceptions, then the roles' together, then the member's own. */
export function channelPermissions(
  facts: PermissionFacts,
  member: MemberState,
  overwrites: readonly Overwrite[],
  now: number,
): bigint {
  const base = guildPermissions(facts, member, now)
  if (base === allPermissions) return base
  const layers = [
    overwrites.filter((one) => one.type === OverwriteType.Role && one.id === facts.guildId),
    overwrites.filter(
      (one) => one.type === OverwriteType.Role && one.id !== facts.guildId && member.roles.includes(one.id),
    ),
    overwrites.filter((one) => one.type === OverwriteType.Member && one.id === member.userId),
  ]
  let bits = base
  for (const layer of layers) {
    const deny = layer.reduce((sum, one) => sum | one.deny, 0n)
    const allow = layer.reduce((sum, one) => sum | one.allow, 0n)
    bits = (bits & ~deny) | allow
  }
  if (!(bits & PermissionFlagsBits.ViewChannel)) return 0n
  return isTimedOut(member, now) ? bits & keptInTimeout : bits
}

function isTimedOut(member: MemberState, now: number): boolean {
  return member.timeoutUntil !== null && member.timeoutUntil > now
}

/** What the guild document says of permissions; `null` if there is no document yet. */
export function permissionFacts(guild: GuildReader): PermissionFacts | null {
  const row = guild.get('documentGuild', {}, ['ownerId'])
  if (!row) return null
  const roles = guild.list('documentRoles', {}, { columns: ['roleId', 'permissions'] })
  return {
    guildId: guild.guildId,
    ownerId: row.ownerId,
    roles: new Map(roles.map((role) => [role.roleId, BigInt(role.permissions)])),
  }
}

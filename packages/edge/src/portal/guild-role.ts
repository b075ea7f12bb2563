import type { GuildMember, GuildRole } from '@guildmesh/contracts'

/** https://discord.com/developers/docs/topics/permissions#permissions-bitwise-permission-flags */
const administrator = 1n << 3n
const manageGuild = 1n << 5n
const manageMessages = 1n << 13n

/** What a member may see in the portal, from the owner's guild document. `null` for somebody who is not in the guild. */
export function roleOfMember(member: GuildMember): GuildRole | null {
  if (!member.inGuild) return null
  const role = roleByPermissions(BigInt(member.permissions), member.isOwner)
  return role === 'member' && member.isModerator ? 'moderator' : role
}

/** The role that Discord's permissions alone give; the configured moderator role may give more. */
export function roleByPermissions(permissions: bigint, isOwner: boolean): GuildRole {
  if (isOwner) return 'owner'
  if ((permissions & (administrator | manageGuild)) !== 0n) return 'admin'
  return (permissions & manageMessages) !== 0n ? 'moderator' : 'member'
}

/** Whether the role opens a guild's pages. */
export function mayEnter(role: GuildRole | null): role is Exclude<GuildRole, 'member'> {
  return role !== null && role !== 'member'
}

/** Whether the role may add the bot to the server: Discord asks for Manage Server. */
export function mayInvite(role: GuildRole): boolean {
  return role === 'owner' || role === 'admin'
}

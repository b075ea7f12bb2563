import type { GuildId } from '@guildmesh/contracts'

/** https://discord.com/developers/docs/topics/permissions#permissions-bitwise-permission-flags */
const permissionBits = {
  kickMembers: 1n << 1n,
  banMembers: 1n << 2n,
  manageChannels: 1n << 4n,
  addReactions: 1n << 6n,
  viewAuditLog: 1n << 7n,
  viewChannel: 1n << 10n,
  sendMessages: 1n << 11n,
  manageMessages: 1n << 13n,
  embedLinks: 1n << 14n,
  readMessageHistory: 1n << 16n,
  manageRoles: 1n << 28n,
  manageThreads: 1n << 34n,
  createPublicThreads: 1n << 35n,
  createPrivateThreads: 1n << 36n,
  sendMessagesInThreads: 1n << 38n,
  moderateMembers: 1n << 40n,
} as const

/** What a moderation bot needs: never Administrator. */
const permissions = Object.values(permissionBits).reduce((all, bit) => all | bit, 0n)

/** Discord's page on which an admin adds the bot to this server. */
export function inviteUrl(authorizeUrl: string, applicationId: string, guildId: GuildId): string {
  const url = new URL(authorizeUrl)
  url.search = new URLSearchParams({
    client_id: applicationId,
    scope: 'bot applications.commands',
    permissions: permissions.toString(),
    guild_id: guildId,
    disable_guild_select: 'true',
  }).toString()
  return url.href
}

import { ChannelType, OverwriteType, PermissionFlagsBits } from 'discord-api-types/v10'
import type { ChannelState, GuildState, MemberState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { missingAccess, missingPermissions } from '../discord-error.ts'

/** Every permission bit that exists. */
export const allPermissions: bigint = Object.values(PermissionFlagsBits).reduce((sum, bit) => sum | bit, 0n)

/** What a member who is timed out keeps: https://docs.discord.com/developers/topics/permissions#permissions-for-timed-out-members */
const timedOutPermissions = PermissionFlagsBits.ViewChannel | PermissionFlagsBits.ReadMessageHistory

/** A member, as far as permissions look at one. */
type Holder = Pick<MemberState, 'userId' | 'roles' | 'timedOutUntilMs'>

const isTimedOut = (member: Holder, nowMs: number) =>
  member.timedOutUntilMs !== null && member.timedOutUntilMs > nowMs

/** A member's permissions in the guild as a whole. The owner and administrators have all of them. */
export function guildPermissions(guild: GuildState, member: Holder): bigint {
  if (guild.ownerId === member.userId) return allPermissions
  let sum = BigInt(guild.roles.get(guild.id)?.permissions ?? '0')
  for (const roleId of member.roles) sum |= BigInt(guild.roles.get(roleId)?.permissions ?? '0')
  return (sum & PermissionFlagsBits.Administrator) !== 0n ? allPermissions : sum
}

/**
 * A member's permissions in a channel: none where the view is denied, which implicitly denies all others, the view alone
 * in a voice channel that the member may not enter, else the explicit ones. Source: Discord, Permissions, "Implicit Permissions".
 */
export function channelPermissions(
  guild: GuildState,
  channel: ChannelState,
  member: MemberState,
  nowMs: number,
): bigint {
  const sum = explicitPermissions(guild, channel, member, nowMs)
  if ((sum & PermissionFlagsBits.ViewChannel) === 0n) return 0n
  const isVoice = channel.type === ChannelType.GuildVoice || channel.type === ChannelType.GuildStageVoice
  if (isVoice && (sum & PermissionFlagsBits.Connect) === 0n) return PermissionFlagsBits.ViewChannel
  return sum
}

/**
 * What roles and overwrites give a member in a channel: guild permissions, then the overwrites of @everyone, of
 * the member's roles together, of the member. Threads have their parent's.
 */
export function explicitPermissions(
  guild: GuildState,
  channel: ChannelState,
  member: Holder,
  nowMs: number,
): bigint {
  const base = guildPermissions(guild, member)
  if (base === allPermissions) return base
  const source = channel.thread && channel.parentId ? guild.channels.get(channel.parentId) : channel
  let sum = base
  let roleAllow = 0n
  let roleDeny = 0n
  let memberAllow = 0n
  let memberDeny = 0n
  for (const overwrite of source?.overwrites ?? []) {
    const allow = BigInt(overwrite.allow)
    const deny = BigInt(overwrite.deny)
    if (overwrite.id === guild.id) {
      sum = (sum & ~deny) | allow
    } else if (overwrite.type === OverwriteType.Role) {
      if (!member.roles.includes(overwrite.id)) continue
      roleAllow |= allow
      roleDeny |= deny
    } else if (overwrite.id === member.userId) {
      memberAllow = allow
      memberDeny = deny
    }
  }
  sum = (sum & ~roleDeny) | roleAllow
  sum = (sum & ~memberDeny) | memberAllow
  return isTimedOut(member, nowMs) ? sum & timedOutPermissions : sum
}

/**
 * True where the user may see the channel: with VIEW_CHANNEL there, while connected to it by voice, and a
 * category through any channel in it. Private threads also need membership or MANAGE_THREADS. Source: Discord,
 * Channel Resource, "Obfuscated Channels"; Threads, "Permissions".
 */
export function canView(world: World, channel: ChannelState, userId: string): boolean {
  if (channel.guildId === null) return channel.recipients.includes(userId) || userId === world.app.botId
  const guild = world.guilds.get(channel.guildId)
  const member = guild?.members.get(userId)
  if (!guild || !member) return false
  if (guild.voiceStates.get(userId)?.channelId === channel.id) return true
  const sum = channelPermissions(guild, channel, member, world.now())
  if ((sum & PermissionFlagsBits.ViewChannel) === 0n) {
    return (
      channel.type === ChannelType.GuildCategory &&
      childrenOf(guild, channel).some((child) => canView(world, child, userId))
    )
  }
  if (channel.type !== 12) return true
  return (sum & PermissionFlagsBits.ManageThreads) !== 0n || (channel.thread?.members.has(userId) ?? false)
}

function childrenOf(guild: GuildState, category: ChannelState): ChannelState[] {
  return [...guild.channels.values()].filter((channel) => channel.parentId === category.id)
}

/** Whether a user who sees the channel has these permissions there; in a direct message everybody has. */
export function holds(world: World, channel: ChannelState, userId: string, needed: bigint): boolean {
  if (channel.guildId === null) return true
  const guild = world.guildOf(channel)
  const member = guild.members.get(userId)
  return member !== undefined && (channelPermissions(guild, channel, member, world.now()) & needed) === needed
}

/** Throws 50001 where the user does not see the channel, 50013 where a permission is missing there. */
export function requireInChannel(world: World, channel: ChannelState, userId: string, needed: bigint): void {
  if (!canView(world, channel, userId)) throw missingAccess()
  if (!holds(world, channel, userId, needed)) throw missingPermissions()
}

/** Throws 50001 where the user is not in the guild, 50013 where a permission is missing. */
export function requireInGuild(world: World, guild: GuildState, userId: string, needed: bigint): void {
  if (!guild.members.has(userId)) throw missingAccess()
  if (!holdsInGuild(world, guild, userId, needed)) throw missingPermissions()
}

/** Whether a member has these permissions in the guild as a whole now: a timeout takes most of them. */
export function holdsInGuild(world: World, guild: GuildState, userId: string, needed: bigint): boolean {
  const member = guild.members.get(userId)
  if (!member) return false
  const base = guildPermissions(guild, member)
  const spared = base === allPermissions || !isTimedOut(member, world.now())
  return ((spared ? base : base & timedOutPermissions) & needed) === needed
}

/** Position of the member's highest role; @everyone counts 0, the owner stands above all. */
export function highestRolePosition(guild: GuildState, userId: string): number {
  if (guild.ownerId === userId) return Number.MAX_SAFE_INTEGER
  const positions = guild.members.get(userId)?.roles.map((id) => guild.roles.get(id)?.position ?? 0) ?? []
  return Math.max(0, ...positions)
}

/** Throws 50013 unless the actor stands above the target in the role order. */
export function requireAbove(guild: GuildState, actorId: string, targetUserId: string): void {
  if (highestRolePosition(guild, actorId) <= highestRolePosition(guild, targetUserId)) {
    throw missingPermissions()
  }
}

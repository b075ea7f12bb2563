import { AuditLogEvent, GuildFeature, GuildMemberFlags } from 'discord-api-types/v10'
import type { GuildState, MemberExtras, MemberState } from '../state/entities.ts'
import type { Actor, World } from '../state/world.ts'
import { unknownResource } from '../discord-error.ts'
import { recordAudit } from './audit-log.ts'
import type { AuditChange } from './audit-log.ts'
import { refreshBotSight } from './bot-sight.ts'
import { renderMember } from './member-payload.ts'
import { isoTimestamp } from '../timestamp.ts'
import { postJoinMessage } from './system-messages.ts'
import { announceVoiceState, moveVoice } from './voice-states.ts'

export function announceMemberUpdate(world: World, guild: GuildState, member: MemberState): void {
  world.bus.emit(
    'GUILD_MEMBER_UPDATE',
    guild,
    {
      ...renderMember(world, member),
      roles: [...member.roles],
      guild_id: guild.id,
    },
    { forSelf: member.userId === world.app.botId },
  )
  if (member.userId === world.app.botId) refreshBotSight(world, guild)
}

export function buildMember(userId: string, joinedAtMs: number, roles: string[] = []): MemberState {
  return {
    userId,
    nick: null,
    roles,
    joinedAtMs,
    timedOutUntilMs: null,
    extras: null,
    flags: 0,
    pending: false,
    premiumSinceMs: null,
  }
}

/**
 * A user joins. Joining again is no error and changes nothing. Who was here before is flagged so; with
 * membership screening a person is pending at first: https://docs.discord.com/developers/resources/guild#membership-screening-object
 */
export function addMember(world: World, guild: GuildState, userId: string, joinedAtMs?: number): MemberState {
  const present = guild.members.get(userId)
  if (present) return present
  const member = buildMember(world.user(userId).id, joinedAtMs ?? world.now())
  if (guild.formerMembers.has(userId)) member.flags |= GuildMemberFlags.DidRejoin
  member.pending =
    guild.features.includes(GuildFeature.MemberVerificationGateEnabled) && !world.user(userId).bot
  guild.members.set(userId, member)
  announceMemberAdd(world, guild, member)
  postJoinMessage(world, guild, userId)
  return member
}

/**
 * GUILD_MEMBER_ADD, which may also be sent for somebody who is a member already. Source: Discord, Gateway
 * Events, "Guild Member Add".
 */
export function announceMemberAdd(world: World, guild: GuildState, member: MemberState): void {
  world.bus.emit('GUILD_MEMBER_ADD', guild, {
    ...renderMember(world, member),
    user: world.user(member.userId),
    guild_id: guild.id,
  })
}

/** A member goes, by own wish or because of a kick (`actor` given) or ban (the ban records its own entry). */
export function removeMember(
  world: World,
  guild: GuildState,
  userId: string,
  kickedBy: Actor | null = null,
): void {
  if (!guild.members.has(userId)) throw unknownResource('member')
  moveVoice(world, guild, userId, null)
  guild.members.delete(userId)
  guild.formerMembers.add(userId)
  for (const channel of guild.channels.values()) channel.thread?.members.delete(userId)
  world.bus.emit('GUILD_MEMBER_REMOVE', guild, { guild_id: guild.id, user: world.user(userId) })
  if (kickedBy) {
    recordAudit(world, guild, { action: AuditLogEvent.MemberKick, actor: kickedBy, targetId: userId })
  }
}

export interface MemberPatch {
  nick?: string | null | undefined
  roles?: string[] | undefined
  timedOutUntilMs?: number | null | undefined
  flags?: number | undefined
  extras?: { [Field in keyof MemberExtras]?: MemberExtras[Field] | undefined } | undefined
}

const noExtras: MemberExtras = { avatar: null, banner: null, mute: false, deaf: false }

/** Sets what is given; null where nothing is another afterwards, else what the audit log tells of it. */
function setExtras(member: MemberState, patch: MemberPatch): AuditChange[] | null {
  const before = member.extras ?? noExtras
  const given = Object.entries(patch.extras ?? {}).filter(([, value]) => value !== undefined)
  const after: MemberExtras = { ...before, ...Object.fromEntries(given) }
  const keys = (Object.keys(before) as (keyof MemberExtras)[]).filter((key) => before[key] !== after[key])
  if (keys.length === 0) return null
  member.extras = after
  return keys
    .filter((key) => key === 'mute' || key === 'deaf')
    .map((key) => ({ key, from: before[key], to: after[key] }))
}

export function updateMember(
  world: World,
  guild: GuildState,
  member: MemberState,
  patch: MemberPatch,
  actor: Actor,
): void {
  const changes: AuditChange[] = []
  if (patch.nick !== undefined && patch.nick !== member.nick) {
    changes.push({ key: 'nick', from: member.nick ?? undefined, to: patch.nick ?? undefined })
    member.nick = patch.nick
  }
  if (patch.timedOutUntilMs !== undefined && patch.timedOutUntilMs !== member.timedOutUntilMs) {
    const text = (ms: number | null) => (ms === null ? undefined : isoTimestamp(ms))
    changes.push({
      key: 'communication_disabled_until',
      from: text(member.timedOutUntilMs),
      to: text(patch.timedOutUntilMs),
    })
    member.timedOutUntilMs = patch.timedOutUntilMs
  }
  const roleChanges = patch.roles ? replaceRoles(guild, member, patch.roles) : []
  const extraChanges = setExtras(member, patch)
  const flagged = patch.flags !== undefined && patch.flags !== member.flags
  if (flagged) member.flags = patch.flags ?? 0
  changes.push(...(extraChanges ?? []))
  if (changes.length + roleChanges.length === 0 && !flagged && extraChanges === null) return
  announceMemberUpdate(world, guild, member)
  if (extraChanges?.length) announceVoiceState(world, guild, member.userId)
  if (changes.length > 0) {
    recordAudit(world, guild, {
      action: AuditLogEvent.MemberUpdate,
      actor,
      targetId: member.userId,
      changes,
    })
  }
  if (roleChanges.length > 0) {
    recordAudit(world, guild, {
      action: AuditLogEvent.MemberRoleUpdate,
      actor,
      targetId: member.userId,
      changes: roleChanges,
    })
  }
}

function replaceRoles(guild: GuildState, member: MemberState, wanted: string[]): AuditChange[] {
  const next = [...new Set(wanted)].filter((id) => id !== guild.id)
  const named = (ids: string[]) => ids.map((id) => ({ id, name: guild.roles.get(id)?.name ?? '' }))
  const added = next.filter((id) => !member.roles.includes(id))
  const removed = member.roles.filter((id) => !next.includes(id))
  for (const id of added) if (!guild.roles.has(id)) throw unknownResource('role')
  member.roles = next
  return [
    ...(added.length > 0 ? [{ key: '$add', to: named(added) }] : []),
    ...(removed.length > 0 ? [{ key: '$remove', to: named(removed) }] : []),
  ]
}

/** A pending member passes the membership screening: GUILD_MEMBER_UPDATE with `pending: false`. */
export function completeScreening(world: World, guild: GuildState, member: MemberState): void {
  if (!member.pending) return
  member.pending = false
  announceMemberUpdate(world, guild, member)
}

/** Discord, or the member's own steps through onboarding, set flags: GUILD_MEMBER_UPDATE. */
export function setMemberFlags(world: World, guild: GuildState, member: MemberState, flags: number): void {
  if (member.flags === flags) return
  member.flags = flags
  announceMemberUpdate(world, guild, member)
}

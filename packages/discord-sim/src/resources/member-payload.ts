import type { APIGuildMember } from 'discord-api-types/v10'
import type { MemberState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { isoTimestamp } from '../timestamp.ts'

export type MemberPayload = APIGuildMember & {
  nick: string | null
  avatar: string | null
  banner: string | null
  premium_since: string | null
  pending: boolean
  communication_disabled_until: string | null
}

/** The member without its user. */
export function renderBareMember(member: MemberState): Omit<MemberPayload, 'user'> {
  return {
    avatar: member.extras?.avatar ?? null,
    banner: member.extras?.banner ?? null,
    communication_disabled_until:
      member.timedOutUntilMs === null ? null : isoTimestamp(member.timedOutUntilMs),
    flags: member.flags,
    joined_at: isoTimestamp(member.joinedAtMs),
    nick: member.nick,
    pending: member.pending,
    premium_since: member.premiumSinceMs === null ? null : isoTimestamp(member.premiumSinceMs),
    roles: member.roles,
    mute: member.extras?.mute ?? false,
    deaf: member.extras?.deaf ?? false,
  }
}

/**
 * The member as message events carry it. "In non `GUILD_` events which can only be triggered by non-`pending`
 * users, `pending` will not be included": https://docs.discord.com/developers/resources/guild#guild-member-object
 */
export function renderMessageMember(member: MemberState): Omit<MemberPayload, 'user' | 'pending'> {
  const { pending: _pending, ...shown } = renderBareMember(member)
  return shown
}

export function renderMember(world: World, member: MemberState): MemberPayload {
  return { ...renderBareMember(member), user: world.user(member.userId) }
}

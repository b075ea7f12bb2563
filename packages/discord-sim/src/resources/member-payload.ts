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

/** The member without its user, as message events carry it. */
export function renderBareMember(member: MemberState): Omit<MemberPayload, 'user'> {
  return {
    avatar: null,
    banner: null,
    communication_disabled_until:
      member.timedOutUntilMs === null ? null : isoTimestamp(member.timedOutUntilMs),
    flags: member.flags,
    joined_at: isoTimestamp(member.joinedAtMs),
    nick: member.nick,
    pending: member.pending,
    premium_since: null,
    roles: member.roles,
    mute: false,
    deaf: false,
  }
}

export function renderMember(world: World, member: MemberState): MemberPayload {
  return { ...renderBareMember(member), user: world.user(member.userId) }
}

import type { GuildId } from '@guildmesh/contracts'

/** Discord payloads as a gateway session brings them, with the fields that the bot reads. */

export const botId = '900000000000000001'
export const userId = (n: number) => String(300000000000000000n + BigInt(n))
export const channelId = (n: number) => String(200000000000000000n + BigInt(n))
export const roleId = (n: number) => String(400000000000000000n + BigInt(n))
export const messageId = (n: number) => String(500000000000000000n + BigInt(n))

export function user(n: number, more: Record<string, unknown> = {}) {
  return {
    id: userId(n),
    username: `user-${n}`,
    discriminator: '0',
    global_name: `User ${n}`,
    avatar: null,
    ...more,
  }
}

export function member(n: number, more: Record<string, unknown> = {}) {
  return {
    roles: [],
    nick: null,
    joined_at: '2026-01-01T00:00:00Z',
    deaf: false,
    mute: false,
    flags: 0,
    ...more,
    user: user(n),
  }
}

export function channel(n: number, more: Record<string, unknown> = {}) {
  return {
    id: channelId(n),
    type: 0,
    name: `channel-${n}`,
    position: n,
    parent_id: null,
    permission_overwrites: [],
    ...more,
  }
}

export function role(id: string, permissions: bigint, more: Record<string, unknown> = {}) {
  return { id, name: `role-${id}`, permissions: permissions.toString(), position: 0, ...more }
}

/** A guild owned by user 1, with @everyone and whatever is given. */
export function guildCreate(guildId: GuildId, more: Record<string, unknown> = {}) {
  return {
    id: guildId,
    name: 'Garden',
    icon: null,
    owner_id: userId(1),
    member_count: 5,
    channels: [channel(1)],
    threads: [],
    roles: [role(guildId, 0n)],
    members: [{ ...member(1), user: { ...user(1), id: botId, bot: true } }],
    emojis: [],
    presences: [],
    ...more,
  }
}

export function message(n: number, more: Record<string, unknown> = {}) {
  return {
    id: messageId(n),
    type: 0,
    channel_id: channelId(1),
    content: `hello number ${n}`,
    timestamp: new Date(Date.UTC(2026, 0, 1) + n * 60_000).toISOString(),
    edited_timestamp: null,
    author: user(7),
    member: { roles: [], nick: null, joined_at: '2026-01-01T00:00:00Z' },
    mentions: [],
    attachments: [],
    embeds: [],
    ...more,
  }
}

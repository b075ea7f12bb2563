import { PermissionFlagsBits } from 'discord-api-types/v10'
import type { APIRole } from 'discord-api-types/v10'
import type { ChannelState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { channelPermissions } from './permissions.ts'

/** Discord's `allowed_mentions`: what may ping, of what the text names. Null means everything. */
export interface AllowedMentions {
  parse?: ('users' | 'roles' | 'everyone')[] | null | undefined
  users?: string[] | null | undefined
  roles?: string[] | null | undefined
  replied_user?: boolean | null | undefined
}

export interface Mentions {
  users: string[]
  roles: string[]
  everyone: boolean
}

function allows(allowed: AllowedMentions | null, kind: 'users' | 'roles', id: string): boolean {
  if (!allowed) return true
  return (allowed.parse?.includes(kind) ?? false) || (allowed[kind]?.includes(id) ?? false)
}

/**
 * Who a text mentions, limited by `allowed` and by the author's right to mention everyone, which a role that not
 * everybody may mention needs too: https://docs.discord.com/developers/resources/message#allowed-mentions-object
 */
export function findMentions(
  world: World,
  channel: ChannelState,
  authorId: string,
  content: string,
  allowed: AllowedMentions | null,
): Mentions {
  if (!content.includes('@')) return { users: [], roles: [], everyone: false }
  const users = new Set<string>()
  const roles = new Set<string>()
  const guild = channel.guildId === null ? undefined : world.guilds.get(channel.guildId)
  let everyRole: boolean | null = null
  const mayMention = (role: APIRole) =>
    role.mentionable || (everyRole ??= mayMentionEveryone(world, channel, authorId))
  for (const match of content.matchAll(/<@(!|&)?(\d{17,20})>/g)) {
    const id = match[2] ?? ''
    if (match[1] === '&') {
      const role = guild?.roles.get(id)
      if (role && allows(allowed, 'roles', id) && mayMention(role)) roles.add(id)
    } else if (world.users.has(id) && allows(allowed, 'users', id)) users.add(id)
  }
  return {
    users: [...users],
    roles: [...roles],
    everyone: mentionsEveryone(world, channel, authorId, content, allowed),
  }
}

function mentionsEveryone(
  world: World,
  channel: ChannelState,
  authorId: string,
  content: string,
  allowed: AllowedMentions | null,
): boolean {
  if (!/@(everyone|here)\b/.test(content)) return false
  if (allowed && !(allowed.parse?.includes('everyone') ?? false)) return false
  return mayMentionEveryone(world, channel, authorId)
}

/** Webhooks are no members and may mention whom they like. */
function mayMentionEveryone(world: World, channel: ChannelState, authorId: string): boolean {
  if (world.webhooks.has(authorId)) return true
  const guild = channel.guildId === null ? undefined : world.guilds.get(channel.guildId)
  const member = guild?.members.get(authorId)
  if (!guild || !member) return false
  const sum = channelPermissions(guild, channel, member, world.now())
  return (sum & PermissionFlagsBits.MentionEveryone) !== 0n
}

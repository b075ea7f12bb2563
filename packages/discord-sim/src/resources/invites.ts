import { AuditLogEvent } from 'discord-api-types/v10'
import type { ChannelState, GuildState, InviteState } from '../state/entities.ts'
import type { Actor, World } from '../state/world.ts'
import { unknownResource } from '../discord-error.ts'
import { recordAudit } from './audit-log.ts'
import { isoTimestamp } from '../timestamp.ts'

export function requireInvite(world: World, code: string): InviteState {
  const invite = world.invites.get(code)
  if (!invite || isExpired(world, invite)) throw unknownResource('invite')
  return invite
}

function isExpired(world: World, invite: InviteState): boolean {
  return invite.maxAgeSeconds > 0 && world.now() >= invite.createdAtMs + invite.maxAgeSeconds * 1_000
}

function expiresAt(invite: InviteState): string | null {
  return invite.maxAgeSeconds === 0 ? null : isoTimestamp(invite.createdAtMs + invite.maxAgeSeconds * 1_000)
}

export function renderInvite(world: World, invite: InviteState) {
  const guild = world.guild(invite.guildId)
  const channel = world.channel(invite.channelId)
  return {
    type: 0,
    code: invite.code,
    inviter: world.user(invite.inviterId),
    max_age: invite.maxAgeSeconds,
    max_uses: invite.maxUses,
    uses: invite.uses,
    temporary: invite.temporary,
    created_at: isoTimestamp(invite.createdAtMs),
    expires_at: expiresAt(invite),
    guild_id: guild.id,
    guild: {
      id: guild.id,
      name: guild.name,
      splash: guild.splash,
      banner: guild.banner,
      description: guild.description,
      icon: guild.icon,
      features: guild.features,
      verification_level: guild.verificationLevel,
      vanity_url_code: null,
      nsfw_level: 0,
      nsfw: false,
      premium_subscription_count: 0,
    },
    channel: { id: channel.id, type: channel.type, name: channel.name },
  }
}

export function createInvite(
  world: World,
  guild: GuildState,
  channel: ChannelState,
  input: { maxAgeSeconds: number; maxUses: number; temporary: boolean },
  actor: Actor,
): InviteState {
  const invite: InviteState = {
    code: world.random.text(8),
    guildId: guild.id,
    channelId: channel.id,
    inviterId: actor.userId,
    createdAtMs: world.now(),
    uses: 0,
    ...input,
  }
  world.invites.set(invite.code, invite)
  world.bus.emit(
    'INVITE_CREATE',
    guild,
    {
      channel_id: channel.id,
      guild_id: guild.id,
      code: invite.code,
      created_at: isoTimestamp(invite.createdAtMs),
      expires_at: expiresAt(invite),
      inviter: world.user(actor.userId),
      max_age: invite.maxAgeSeconds,
      max_uses: invite.maxUses,
      temporary: invite.temporary,
      uses: 0,
    },
    { channelId: channel.id },
  )
  recordAudit(world, guild, {
    action: AuditLogEvent.InviteCreate,
    actor,
    targetId: null,
    changes: [
      { key: 'code', to: invite.code },
      { key: 'channel_id', to: channel.id },
      { key: 'max_age', to: invite.maxAgeSeconds },
    ],
  })
  return invite
}

export function deleteInvite(world: World, invite: InviteState, actor: Actor): void {
  const guild = world.guild(invite.guildId)
  world.invites.delete(invite.code)
  world.bus.emit(
    'INVITE_DELETE',
    guild,
    { channel_id: invite.channelId, guild_id: guild.id, code: invite.code },
    { channelId: invite.channelId },
  )
  recordAudit(world, guild, {
    action: AuditLogEvent.InviteDelete,
    actor,
    targetId: null,
    changes: [{ key: 'code', from: invite.code }],
  })
}

export function invitesOf(world: World, fits: (invite: InviteState) => boolean): InviteState[] {
  return [...world.invites.values()].filter((invite) => fits(invite) && !isExpired(world, invite))
}

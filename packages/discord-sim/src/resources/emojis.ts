import { AuditLogEvent } from 'discord-api-types/v10'
import type { GuildState } from '../state/entities.ts'
import type { Actor, World } from '../state/world.ts'
import { unknownResource } from '../discord-error.ts'
import { recordAudit } from './audit-log.ts'
import { renderEmoji } from './guild-payload.ts'

export type EmojiState = GuildState['emojis'] extends Map<string, infer E> ? E : never

export function requireEmoji(guild: GuildState, id: string): EmojiState {
  const emoji = guild.emojis.get(id)
  if (!emoji) throw unknownResource('emoji')
  return emoji
}

function announce(world: World, guild: GuildState): void {
  world.bus.emit('GUILD_EMOJIS_UPDATE', guild, {
    guild_id: guild.id,
    emojis: [...guild.emojis.values()].map((emoji) => renderEmoji(world, emoji)),
  })
}

export function createEmoji(
  world: World,
  guild: GuildState,
  input: { name: string; roles?: string[] | undefined; animated?: boolean },
  actor: Actor,
): EmojiState {
  const emoji: EmojiState = {
    id: world.ids.next(),
    name: input.name,
    roles: input.roles ?? [],
    require_colons: true,
    managed: false,
    animated: input.animated ?? false,
    available: true,
    creatorId: actor.userId,
  }
  guild.emojis.set(emoji.id, emoji)
  announce(world, guild)
  recordAudit(world, guild, {
    action: AuditLogEvent.EmojiCreate,
    actor,
    targetId: emoji.id,
    changes: [{ key: 'name', to: emoji.name }],
  })
  return emoji
}

export function updateEmoji(
  world: World,
  guild: GuildState,
  emoji: EmojiState,
  patch: { name?: string | undefined; roles?: string[] | null | undefined },
  actor: Actor,
): void {
  const before = emoji.name
  emoji.name = patch.name ?? emoji.name
  if (patch.roles !== undefined) emoji.roles = patch.roles ?? []
  announce(world, guild)
  recordAudit(world, guild, {
    action: AuditLogEvent.EmojiUpdate,
    actor,
    targetId: emoji.id,
    changes: [{ key: 'name', from: before, to: emoji.name }],
  })
}

export function deleteEmoji(world: World, guild: GuildState, emoji: EmojiState, actor: Actor): void {
  guild.emojis.delete(emoji.id)
  announce(world, guild)
  recordAudit(world, guild, {
    action: AuditLogEvent.EmojiDelete,
    actor,
    targetId: emoji.id,
    changes: [{ key: 'name', from: emoji.name }],
  })
}

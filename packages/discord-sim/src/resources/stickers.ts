import { AuditLogEvent } from 'discord-api-types/v10'
import type { GuildState, StickerItem, StickerState } from '../state/entities.ts'
import type { Actor, World } from '../state/world.ts'
import { unknownResource } from '../discord-error.ts'
import { auditDifference, recordAudit } from './audit-log.ts'
import { renderSticker } from './sticker-payload.ts'

export interface StickerInput {
  name: string
  description?: string | null | undefined
  tags: string
  formatType?: StickerState['formatType'] | undefined
}

export function requireSticker(guild: GuildState, id: string): StickerState {
  const sticker = guild.stickers.get(id)
  if (!sticker) throw unknownResource('sticker')
  return sticker
}

function announce(world: World, guild: GuildState): void {
  world.bus.emit('GUILD_STICKERS_UPDATE', guild, {
    guild_id: guild.id,
    stickers: [...guild.stickers.values()].map((sticker) => renderSticker(guild, sticker)),
  })
}

const auditedKeys: (keyof StickerState)[] = ['name', 'description', 'tags']

export function createSticker(
  world: World,
  guild: GuildState,
  input: StickerInput,
  actor: Actor,
): StickerState {
  const sticker: StickerState = {
    id: world.ids.next(),
    name: input.name,
    description: input.description || null,
    tags: input.tags,
    formatType: input.formatType ?? 1,
    creatorId: actor.userId,
  }
  guild.stickers.set(sticker.id, sticker)
  announce(world, guild)
  recordAudit(world, guild, {
    action: AuditLogEvent.StickerCreate,
    actor,
    targetId: sticker.id,
    changes: auditedKeys.map((key) => ({ key, to: sticker[key] ?? undefined })),
  })
  return sticker
}

export function updateSticker(
  world: World,
  guild: GuildState,
  sticker: StickerState,
  patch: { [Key in keyof StickerInput]?: StickerInput[Key] | undefined },
  actor: Actor,
): void {
  const before = { ...sticker }
  sticker.name = patch.name ?? sticker.name
  sticker.tags = patch.tags ?? sticker.tags
  if (patch.description !== undefined) sticker.description = patch.description || null
  const changes = auditDifference(before, sticker, auditedKeys)
  if (changes.length === 0) return
  announce(world, guild)
  recordAudit(world, guild, { action: AuditLogEvent.StickerUpdate, actor, targetId: sticker.id, changes })
}

export function deleteSticker(world: World, guild: GuildState, sticker: StickerState, actor: Actor): void {
  guild.stickers.delete(sticker.id)
  announce(world, guild)
  recordAudit(world, guild, {
    action: AuditLogEvent.StickerDelete,
    actor,
    targetId: sticker.id,
    changes: [{ key: 'name', from: sticker.name }],
  })
}

/** The stickers of a message by their ids. Throws 10060 for one that is in no guild. */
export function findStickers(world: World, ids: readonly string[]): StickerItem[] {
  return ids.map((id) => {
    for (const guild of world.guilds.values()) {
      const sticker = guild.stickers.get(id)
      if (sticker) return { id, name: sticker.name, formatType: sticker.formatType }
    }
    throw unknownResource('sticker')
  })
}

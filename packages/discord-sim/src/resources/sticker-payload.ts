import type { APISticker, APIStickerItem, APIUser } from 'discord-api-types/v10'
import type { GuildState, StickerItem, StickerState } from '../state/entities.ts'

const guildSticker = 2

/** A sticker of a guild; its maker is shown only where `user` is given. */
export function renderSticker(guild: GuildState, sticker: StickerState, user?: APIUser): APISticker {
  return {
    id: sticker.id,
    name: sticker.name,
    description: sticker.description,
    tags: sticker.tags,
    type: guildSticker,
    format_type: sticker.formatType,
    available: true,
    guild_id: guild.id,
    ...(user ? { user } : {}),
  }
}

export function renderStickerItem(sticker: StickerItem): APIStickerItem {
  return { id: sticker.id, name: sticker.name, format_type: sticker.formatType }
}

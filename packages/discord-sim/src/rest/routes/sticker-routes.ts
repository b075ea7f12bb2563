import { PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import { DiscordError, invalidField, unknownResource } from '../../discord-error.ts'
import { parseForm } from '../../forms/form.ts'
import { guildPermissions, requireInGuild } from '../../resources/permissions.ts'
import { renderSticker } from '../../resources/sticker-payload.ts'
import { createSticker, deleteSticker, requireSticker, updateSticker } from '../../resources/stickers.ts'
import type { GuildState, StickerState } from '../../state/entities.ts'
import { botActor } from '../rest-context.ts'
import type { RestContext } from '../rest-context.ts'
import { created, noContent, ok, param } from '../route.ts'
import type { RestRequest, Route } from '../route.ts'

const name = z.string().min(2).max(30)
const tags = z.string().min(1).max(200)
const createSchema = z.object({
  name,
  tags,
  description: z.union([z.literal(''), z.string().min(2).max(100)]).optional(),
})
const patchSchema = z.object({
  name: name.optional(),
  tags: tags.optional(),
  description: z.string().min(2).max(100).nullish(),
})

/** "Every guilds has five free sticker slots by default". */
const freeSlots = 5
const mostBytes = 512 * 1_024
const formats: Record<string, StickerState['formatType']> = {
  'image/png': 1,
  'image/apng': 2,
  'application/json': 3,
  'image/gif': 4,
}

/** Stickers of a guild. Source: https://docs.discord.com/developers/resources/sticker */
export function stickerRoutes(context: RestContext): Route[] {
  const { world } = context
  const botId = world.app.botId
  const base = '/guilds/:guild_id/stickers'
  const makers = PermissionFlagsBits.CreateGuildExpressions | PermissionFlagsBits.ManageGuildExpressions

  function guildFor(request: RestRequest, needed = 0n): GuildState {
    const guild = world.guild(param(request, 'guild_id'))
    requireInGuild(world, guild, botId, needed)
    return guild
  }

  /** Who made it is told to those who may make some themselves. */
  function render(guild: GuildState, sticker: StickerState) {
    const own = guildPermissions(guild, world.member(guild, botId))
    return renderSticker(guild, sticker, (own & makers) === 0n ? undefined : world.user(sticker.creatorId))
  }

  /** One's own with either permission, others' with Manage Expressions. */
  function changeable(request: RestRequest): { guild: GuildState; sticker: StickerState } {
    const guild = guildFor(request)
    const sticker = requireSticker(guild, param(request, 'sticker_id'))
    const own = guildPermissions(guild, world.member(guild, botId))
    const isMaker = sticker.creatorId === botId && (own & makers) !== 0n
    if (!isMaker) requireInGuild(world, guild, botId, PermissionFlagsBits.ManageGuildExpressions)
    return { guild, sticker }
  }

  return [
    {
      method: 'GET',
      path: base,
      operation: 'list_guild_stickers',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request)
        return ok([...guild.stickers.values()].map((sticker) => render(guild, sticker)))
      },
    },
    {
      method: 'GET',
      path: `${base}/:sticker_id`,
      operation: 'get_guild_sticker',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request)
        return ok(render(guild, requireSticker(guild, param(request, 'sticker_id'))))
      },
    },
    {
      method: 'GET',
      path: '/stickers/:sticker_id',
      operation: 'get_sticker',
      auth: 'bot',
      handle: (request) => {
        const id = param(request, 'sticker_id')
        for (const guild of world.guilds.values()) {
          const sticker = guild.stickers.get(id)
          if (sticker) return ok(renderSticker(guild, sticker))
        }
        throw unknownResource('sticker')
      },
    },
    {
      method: 'POST',
      path: base,
      operation: 'create_guild_sticker',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request, PermissionFlagsBits.CreateGuildExpressions)
        const fields = parseForm(createSchema, request.body)
        const [file] = request.files
        if (!file) throw invalidField('file', 'BASE_TYPE_REQUIRED', 'This field is required')
        const formatType = formats[file.contentType]
        if (formatType === undefined) throw new DiscordError(400, 50046, 'Invalid file uploaded')
        if (file.bytes.length > mostBytes)
          throw new DiscordError(400, 50045, 'File uploaded exceeds the maximum size')
        if (guild.stickers.size >= freeSlots)
          throw new DiscordError(400, 30039, 'Maximum number of stickers reached')
        const sticker = createSticker(world, guild, { ...fields, formatType }, botActor(context, request))
        return created(render(guild, sticker))
      },
    },
    {
      method: 'PATCH',
      path: `${base}/:sticker_id`,
      operation: 'update_guild_sticker',
      auth: 'bot',
      handle: (request) => {
        const { guild, sticker } = changeable(request)
        updateSticker(world, guild, sticker, parseForm(patchSchema, request.body), botActor(context, request))
        return ok(render(guild, sticker))
      },
    },
    {
      method: 'DELETE',
      path: `${base}/:sticker_id`,
      operation: 'delete_guild_sticker',
      auth: 'bot',
      handle: (request) => {
        const { guild, sticker } = changeable(request)
        deleteSticker(world, guild, sticker, botActor(context, request))
        return noContent()
      },
    },
  ]
}

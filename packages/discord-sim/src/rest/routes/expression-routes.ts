import { PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import { createEmoji, deleteEmoji, requireEmoji, updateEmoji } from '../../resources/emojis.ts'
import { renderEmoji } from '../../resources/guild-payload.ts'
import {
  createInvite,
  deleteInvite,
  invitesOf,
  renderInvite,
  requireInvite,
} from '../../resources/invites.ts'
import { holdsInGuild, requireInChannel, requireInGuild } from '../../resources/permissions.ts'
import type { GuildState } from '../../state/entities.ts'
import { DiscordError, missingPermissions } from '../../discord-error.ts'
import { parseForm, queryBoolean, snowflake } from '../../forms/form.ts'
import { botActor } from '../rest-context.ts'
import type { RestContext } from '../rest-context.ts'
import { created, noContent, ok, param } from '../route.ts'
import type { RestRequest, Route } from '../route.ts'

const emojiName = z.string().regex(/^\w{2,32}$/)
const createEmojiSchema = z.object({
  name: emojiName,
  image: z.string().regex(/^data:image\/(png|jpeg|gif|webp|avif);base64,/),
  roles: z.array(snowflake).nullish(),
})
const patchEmojiSchema = z.object({ name: emojiName.optional(), roles: z.array(snowflake).nullish() })
const inviteSchema = z.object({
  max_age: z.number().int().min(0).max(604_800).nullish(),
  max_uses: z.number().int().min(0).max(100).nullish(),
  temporary: z.boolean().nullish(),
  unique: z.boolean().nullish(),
})

const resolveSchema = z.object({
  with_counts: queryBoolean.optional(),
  guild_scheduled_event_id: snowflake.optional(),
  target_channel_id: snowflake.optional(),
  target_message_id: snowflake.optional(),
})

/** Emojis and invites: small things of a guild. */
export function expressionRoutes(context: RestContext): Route[] {
  const { world } = context
  const botId = world.app.botId

  function guildFor(request: RestRequest, needed = 0n) {
    const guild = world.guild(param(request, 'guild_id'))
    requireInGuild(world, guild, botId, needed)
    return guild
  }

  const bit = PermissionFlagsBits

  /** Own emojis need one permission of the two, others' the one to manage. Source: the emoji resource. */
  function emojiToChange(request: RestRequest) {
    const guild = guildFor(request)
    const emoji = requireEmoji(guild, param(request, 'emoji_id'))
    const own = emoji.creatorId === botId && holdsInGuild(world, guild, botId, bit.CreateGuildExpressions)
    if (!own) requireInGuild(world, guild, botId, bit.ManageGuildExpressions)
    return { guild, emoji }
  }

  /** Who made an emoji is told to those who may make or manage emojis. */
  const showsCreator = (guild: GuildState) =>
    holdsInGuild(world, guild, botId, bit.CreateGuildExpressions) ||
    holdsInGuild(world, guild, botId, bit.ManageGuildExpressions)

  function inviteChannel(request: RestRequest, needed: bigint) {
    const channel = world.channel(param(request, 'channel_id'))
    requireInChannel(world, channel, botId, needed)
    return channel
  }

  const emojis = '/guilds/:guild_id/emojis'
  return [
    {
      method: 'GET',
      path: emojis,
      operation: 'list_guild_emojis',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request)
        const shown = showsCreator(guild)
        return ok([...guild.emojis.values()].map((emoji) => renderEmoji(world, emoji, shown)))
      },
    },
    {
      method: 'GET',
      path: `${emojis}/:emoji_id`,
      operation: 'get_guild_emoji',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request)
        return ok(renderEmoji(world, requireEmoji(guild, param(request, 'emoji_id')), showsCreator(guild)))
      },
    },
    {
      method: 'POST',
      path: emojis,
      operation: 'create_guild_emoji',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request, PermissionFlagsBits.CreateGuildExpressions)
        if (guild.emojis.size >= 50)
          throw new DiscordError(400, 30008, 'Maximum number of emojis reached (50)')
        const fields = parseForm(createEmojiSchema, request.body)
        context.limits.take('emojiWrites', guild.id)
        const emoji = createEmoji(
          world,
          guild,
          {
            name: fields.name,
            roles: fields.roles ?? [],
            animated: fields.image.startsWith('data:image/gif'),
          },
          botActor(context, request),
        )
        return created(renderEmoji(world, emoji, true))
      },
    },
    {
      method: 'PATCH',
      path: `${emojis}/:emoji_id`,
      operation: 'update_guild_emoji',
      auth: 'bot',
      handle: (request) => {
        const { guild, emoji } = emojiToChange(request)
        context.limits.take('emojiWrites', guild.id)
        updateEmoji(
          world,
          guild,
          emoji,
          parseForm(patchEmojiSchema, request.body),
          botActor(context, request),
        )
        return ok(renderEmoji(world, emoji, true))
      },
    },
    {
      method: 'DELETE',
      path: `${emojis}/:emoji_id`,
      operation: 'delete_guild_emoji',
      auth: 'bot',
      handle: (request) => {
        const { guild, emoji } = emojiToChange(request)
        context.limits.take('emojiWrites', guild.id)
        deleteEmoji(world, guild, emoji, botActor(context, request))
        return noContent()
      },
    },
    {
      method: 'POST',
      path: '/channels/:channel_id/invites',
      operation: 'create_channel_invite',
      auth: 'bot',
      handle: (request) => {
        const channel = inviteChannel(request, PermissionFlagsBits.CreateInstantInvite)
        const fields = parseForm(inviteSchema, request.body)
        const invite = createInvite(
          world,
          world.guildOf(channel),
          channel,
          {
            maxAgeSeconds: fields.max_age ?? 86_400,
            maxUses: fields.max_uses ?? 0,
            temporary: fields.temporary ?? false,
          },
          botActor(context, request),
        )
        return ok(renderInvite(world, invite))
      },
    },
    {
      method: 'GET',
      path: '/channels/:channel_id/invites',
      operation: 'list_channel_invites',
      auth: 'bot',
      handle: (request) => {
        const channel = inviteChannel(request, PermissionFlagsBits.ManageChannels)
        const found = invitesOf(world, (invite) => invite.channelId === channel.id)
        return ok(found.map((invite) => renderInvite(world, invite)))
      },
    },
    {
      method: 'GET',
      path: '/guilds/:guild_id/invites',
      operation: 'list_guild_invites',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request, PermissionFlagsBits.ManageGuild)
        const found = invitesOf(world, (invite) => invite.guildId === guild.id)
        return ok(found.map((invite) => renderInvite(world, invite)))
      },
    },
    {
      method: 'GET',
      path: '/invites/:code',
      operation: 'invite_resolve',
      auth: 'bot',
      handle: (request) => {
        const query = parseForm(resolveSchema, request.query)
        const invite = requireInvite(world, param(request, 'code'))
        const counts = {
          approximate_member_count: world.guild(invite.guildId).members.size,
          approximate_presence_count: 1,
        }
        return ok({ ...renderInvite(world, invite), ...(query.with_counts ? counts : {}) })
      },
    },
    {
      method: 'DELETE',
      path: '/invites/:code',
      operation: 'invite_revoke',
      auth: 'bot',
      handle: (request) => {
        const invite = requireInvite(world, param(request, 'code'))
        const channel = world.channel(invite.channelId)
        if (invite.inviterId !== botId)
          requireInChannel(world, channel, botId, PermissionFlagsBits.ManageChannels)
        if (!world.botIsIn(world.guild(invite.guildId))) throw missingPermissions()
        const body = renderInvite(world, invite)
        deleteInvite(world, invite, botActor(context, request))
        return ok(body)
      },
    },
  ]
}

import { ChannelType, PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import { botSees } from '../../resources/bot-sight.ts'
import { renderChannel } from '../../resources/channel-payload.ts'
import { createChannel, deleteChannel, setOverwrite, updateChannel } from '../../resources/channels.ts'
import { requireInChannel, requireInGuild } from '../../resources/permissions.ts'
import { renderOwnThread } from '../../resources/thread-payload.ts'
import { setVoiceStatus } from '../../resources/voice-states.ts'
import { deleteThread, updateThread } from '../../resources/threads.ts'
import type { ChannelState } from '../../state/entities.ts'
import { DiscordError, unknownResource } from '../../discord-error.ts'
import { parseForm, permissionBits, snowflake } from '../../forms/form.ts'
import { botActor } from '../rest-context.ts'
import type { RestContext } from '../rest-context.ts'
import { created, noContent, ok, param } from '../route.ts'
import type { RestRequest, Route } from '../route.ts'

const overwriteSchema = z.object({
  id: snowflake,
  type: z.union([z.literal(0), z.literal(1)]),
  allow: permissionBits.default('0'),
  deny: permissionBits.default('0'),
})
const archiveMinutes = z.union([z.literal(60), z.literal(1440), z.literal(4320), z.literal(10080)])

const channelFields = {
  topic: z.string().max(1_024).nullish(),
  position: z.number().int().nonnegative().nullish(),
  parent_id: snowflake.nullish(),
  permission_overwrites: z.array(overwriteSchema).nullish(),
  nsfw: z.boolean().nullish(),
  rate_limit_per_user: z.number().int().min(0).max(21_600).nullish(),
  bitrate: z.number().int().min(8_000).nullish(),
  user_limit: z.number().int().min(0).max(99).nullish(),
  default_auto_archive_duration: archiveMinutes.nullish(),
}
const createSchema = z.object({
  name: z.string().min(1).max(100),
  type: z.union([0, 2, 4, 5, 13, 15].map((type) => z.literal(type))).nullish(),
  ...channelFields,
})
const updateSchema = z.object({
  name: z.string().min(1).max(100).optional(),
  ...channelFields,
  archived: z.boolean().optional(),
  locked: z.boolean().optional(),
  invitable: z.boolean().optional(),
  auto_archive_duration: archiveMinutes.optional(),
  applied_tags: z.array(snowflake).max(5).optional(),
})
const setOverwriteSchema = z.object({
  type: z.union([z.literal(0), z.literal(1)]),
  allow: permissionBits.nullish(),
  deny: permissionBits.nullish(),
})
const voiceStatusSchema = z.object({ status: z.string().max(500).nullish() })
const positionsSchema = z.array(
  z.object({
    id: snowflake,
    position: z.number().int().nonnegative().nullish(),
    parent_id: snowflake.nullish(),
  }),
)

function toInput(
  fields: Omit<z.output<typeof createSchema>, 'name' | 'type'> & {
    name?: string | undefined
    type?: number | null | undefined
  },
) {
  return {
    name: fields.name,
    type: fields.type ?? undefined,
    topic: fields.topic,
    position: fields.position ?? undefined,
    parentId: fields.parent_id,
    overwrites: fields.permission_overwrites ?? undefined,
    nsfw: fields.nsfw ?? undefined,
    rateLimitPerUser: fields.rate_limit_per_user ?? undefined,
    bitrate: fields.bitrate ?? undefined,
    userLimit: fields.user_limit ?? undefined,
    defaultAutoArchiveMinutes: fields.default_auto_archive_duration,
  }
}

export function channelRoutes(context: RestContext): Route[] {
  const { world } = context
  const botId = world.app.botId

  function channelFor(request: RestRequest, needed = 0n): ChannelState {
    const channel = world.channel(param(request, 'channel_id'))
    requireInChannel(world, channel, botId, needed)
    return channel
  }

  /** Names and topics are limited beside the route's bucket, each by itself. */
  function countRename(channel: ChannelState, fields: { name?: unknown; topic?: unknown }): void {
    if (fields.name !== undefined) context.limits.take('channelName', channel.id)
    if (fields.topic !== undefined) context.limits.take('channelTopic', channel.id)
  }

  function changeThread(request: RestRequest, channel: ChannelState): void {
    const fields = parseForm(updateSchema, request.body)
    const onlyUnarchives = Object.keys(fields).every((key) => key === 'archived')
    if (channel.thread?.ownerId !== botId && !onlyUnarchives) {
      requireInChannel(world, channel, botId, PermissionFlagsBits.ManageThreads)
    }
    if (channel.thread?.archived && fields.archived !== false && Object.keys(fields).length > 0) {
      throw new DiscordError(400, 50083, 'Thread is archived')
    }
    countRename(channel, fields)
    updateThread(
      world,
      world.guildOf(channel),
      channel,
      {
        name: fields.name,
        archived: fields.archived,
        locked: fields.locked,
        invitable: fields.invitable,
        autoArchiveMinutes: fields.auto_archive_duration,
        rateLimitPerUser: fields.rate_limit_per_user ?? undefined,
        appliedTags: fields.applied_tags,
      },
      botActor(context, request),
    )
  }

  return [
    {
      method: 'GET',
      path: '/channels/:channel_id',
      operation: 'get_channel',
      auth: 'bot',
      handle: (request) => {
        const channel = channelFor(request)
        return ok(channel.thread ? renderOwnThread(channel, botId) : renderChannel(world, channel))
      },
    },
    {
      method: 'PATCH',
      path: '/channels/:channel_id',
      operation: 'update_channel',
      auth: 'bot',
      rate: { limit: 5, windowMs: 15_000 },
      handle: (request) => {
        const channel = channelFor(request)
        if (channel.guildId === null)
          throw new DiscordError(403, 50003, 'Cannot execute action on a DM channel')
        if (channel.thread) changeThread(request, channel)
        else {
          const fields = parseForm(updateSchema, request.body)
          requireInChannel(world, channel, botId, PermissionFlagsBits.ManageChannels)
          if (fields.permission_overwrites) {
            requireInChannel(world, channel, botId, PermissionFlagsBits.ManageRoles)
          }
          countRename(channel, fields)
          updateChannel(world, world.guildOf(channel), channel, toInput(fields), botActor(context, request))
        }
        return ok(renderChannel(world, channel))
      },
    },
    {
      method: 'DELETE',
      path: '/channels/:channel_id',
      operation: 'delete_channel',
      auth: 'bot',
      handle: (request) => {
        const channel = channelFor(request)
        if (channel.guildId === null) return ok(renderChannel(world, channel))
        const guild = world.guildOf(channel)
        const actor = botActor(context, request)
        const body = renderChannel(world, channel)
        if (channel.thread) {
          requireInChannel(world, channel, botId, PermissionFlagsBits.ManageThreads)
          deleteThread(world, guild, channel, actor)
        } else {
          requireInChannel(world, channel, botId, PermissionFlagsBits.ManageChannels)
          if (guild.rulesChannelId === channel.id) {
            throw new DiscordError(400, 50074, 'Cannot delete a channel required for Community guilds')
          }
          deleteChannel(world, guild, channel, actor)
        }
        return ok(body)
      },
    },
    {
      method: 'PUT',
      path: '/channels/:channel_id/voice-status',
      operation: 'update_voice_channel_status',
      auth: 'bot',
      handle: (request) => {
        const channel = channelFor(request, PermissionFlagsBits.SetVoiceChannelStatus)
        if (channel.type !== ChannelType.GuildVoice)
          throw new DiscordError(400, 50024, 'Cannot execute action on this channel type')
        const guild = world.guildOf(channel)
        const isConnected = guild.voiceStates.get(botId)?.channelId === channel.id
        if (!isConnected) requireInChannel(world, channel, botId, PermissionFlagsBits.ManageChannels)
        const { status } = parseForm(voiceStatusSchema, request.body)
        setVoiceStatus(world, guild, channel, status || null)
        return noContent()
      },
    },
    {
      method: 'PUT',
      path: '/channels/:channel_id/permissions/:overwrite_id',
      operation: 'set_channel_permission_overwrite',
      auth: 'bot',
      handle: (request) => {
        const channel = channelFor(request, PermissionFlagsBits.ManageRoles)
        const fields = parseForm(setOverwriteSchema, request.body)
        const id = param(request, 'overwrite_id')
        const guild = world.guildOf(channel)
        if (fields.type === 0 ? !guild.roles.has(id) : !world.users.has(id))
          throw unknownResource('overwrite')
        setOverwrite(
          world,
          guild,
          channel,
          id,
          { id, type: fields.type, allow: fields.allow ?? '0', deny: fields.deny ?? '0' },
          botActor(context, request),
        )
        return noContent()
      },
    },
    {
      method: 'DELETE',
      path: '/channels/:channel_id/permissions/:overwrite_id',
      operation: 'delete_channel_permission_overwrite',
      auth: 'bot',
      handle: (request) => {
        const channel = channelFor(request, PermissionFlagsBits.ManageRoles)
        const id = param(request, 'overwrite_id')
        setOverwrite(world, world.guildOf(channel), channel, id, null, botActor(context, request))
        return noContent()
      },
    },
    {
      method: 'GET',
      path: '/guilds/:guild_id/channels',
      operation: 'list_guild_channels',
      auth: 'bot',
      handle: (request) => {
        const guild = world.guild(param(request, 'guild_id'))
        requireInGuild(world, guild, botId, 0n)
        const channels = [...guild.channels.values()].filter(
          (channel) => !channel.thread && botSees(world, channel),
        )
        return ok(channels.map((channel) => renderChannel(world, channel)))
      },
    },
    {
      method: 'POST',
      path: '/guilds/:guild_id/channels',
      operation: 'create_guild_channel',
      auth: 'bot',
      handle: (request) => {
        const guild = world.guild(param(request, 'guild_id'))
        requireInGuild(world, guild, botId, PermissionFlagsBits.ManageChannels)
        const fields = parseForm(createSchema, request.body)
        if (fields.parent_id && guild.channels.get(fields.parent_id)?.type !== 4)
          throw unknownResource('channel')
        const channel = createChannel(world, guild, toInput(fields), botActor(context, request))
        return created(renderChannel(world, channel))
      },
    },
    {
      method: 'PATCH',
      path: '/guilds/:guild_id/channels',
      operation: 'bulk_update_guild_channels',
      auth: 'bot',
      handle: (request) => {
        const guild = world.guild(param(request, 'guild_id'))
        requireInGuild(world, guild, botId, PermissionFlagsBits.ManageChannels)
        for (const move of parseForm(positionsSchema, request.body)) {
          const channel = guild.channels.get(move.id)
          if (!channel) throw unknownResource('channel')
          const input = { position: move.position ?? undefined, parentId: move.parent_id }
          updateChannel(world, guild, channel, input, botActor(context, request))
        }
        return noContent()
      },
    },
  ]
}

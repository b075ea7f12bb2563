import { ChannelType, PermissionFlagsBits } from 'discord-api-types/v10'
import type { APIOverwrite } from 'discord-api-types/v10'
import { z } from 'zod'
import { botSees } from '../../resources/bot-sight.ts'
import { renderChannel } from '../../resources/channel-payload.ts'
import { createChannel, deleteChannel, setOverwrite, updateChannel } from '../../resources/channels.ts'
import {
  canView,
  holds,
  holdsInGuild,
  requireInChannel,
  requireInGuild,
} from '../../resources/permissions.ts'
import { renderOwnThread } from '../../resources/thread-payload.ts'
import { setVoiceStatus } from '../../resources/voice-states.ts'
import { deleteThread, updateThread } from '../../resources/threads.ts'
import type { ChannelState, GuildState } from '../../state/entities.ts'
import { DiscordError, missingAccess, unknownResource } from '../../discord-error.ts'
import {
  readChannelMoves,
  readChannelPatch,
  readNewChannel,
  readOverwrite,
  readThreadPatch,
  requireParent,
} from '../../forms/channel-form.ts'
import type { ArchiveMinutes } from '../../forms/channel-form.ts'
import { parseForm } from '../../forms/form.ts'
import { requireOverwritable } from '../overwrite-checks.ts'
import { pinFlag, requireTags, requireThreadEdit } from '../thread-checks.ts'
import { botActor } from '../rest-context.ts'
import type { RestContext } from '../rest-context.ts'
import { created, noContent, ok, param } from '../route.ts'
import type { RestReply, RestRequest, Route } from '../route.ts'

const voiceStatusSchema = z.object({ status: z.string().max(500).nullish() })

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
    const fields = readThreadPatch(request.body)
    requireThreadEdit(world, channel, fields)
    const guild = world.guildOf(channel)
    const parent = guild.channels.get(channel.parentId ?? '')
    if (fields.applied_tags && parent)
      requireTags(world, parent, fields.applied_tags, channel.thread?.appliedTags)
    countRename(channel, { name: fields.name ?? undefined })
    updateThread(
      world,
      guild,
      channel,
      {
        name: fields.name ?? undefined,
        archived: fields.archived ?? undefined,
        locked: fields.locked ?? undefined,
        invitable: channel.type === ChannelType.PrivateThread ? (fields.invitable ?? undefined) : undefined,
        autoArchiveMinutes: (fields.auto_archive_duration ?? undefined) as ArchiveMinutes | undefined,
        rateLimitPerUser: fields.rate_limit_per_user ?? undefined,
        appliedTags: fields.applied_tags ?? undefined,
        flags: typeof fields.flags === 'number' ? pinFlag(world, channel, fields.flags) : undefined,
      },
      botActor(context, request),
    )
  }

  function changeChannel(request: RestRequest, channel: ChannelState): void {
    const guild = world.guildOf(channel)
    const input = readChannelPatch(guild, channel, request.body)
    requireInChannel(world, channel, botId, PermissionFlagsBits.ManageChannels)
    if (input.overwrites) {
      requireInChannel(world, channel, botId, PermissionFlagsBits.ManageRoles)
      requireOverwritable(world, guild, channel, input.overwrites)
    }
    countRename(channel, input)
    updateChannel(world, guild, channel, input, botActor(context, request))
  }

  function setPermissions(
    request: RestRequest,
    read: (guild: GuildState, id: string) => APIOverwrite | null,
  ): RestReply {
    const channel = channelFor(request, PermissionFlagsBits.ManageRoles)
    if (channel.guildId === null) throw new DiscordError(403, 50003, 'Cannot execute action on a DM channel')
    if (channel.thread) throw new DiscordError(400, 50024, 'Cannot execute action on this channel type')
    const guild = world.guildOf(channel)
    const id = param(request, 'overwrite_id')
    const overwrite = read(guild, id)
    const others = channel.overwrites.filter((existing) => existing.id !== id)
    requireOverwritable(world, guild, channel, overwrite ? [...others, overwrite] : others)
    setOverwrite(world, guild, channel, id, overwrite, botActor(context, request))
    return noContent()
  }

  /**
   * Each entry is checked by what it changes, and one at most has another parent:
   * https://docs.discord.com/developers/resources/guild#modify-guild-channel-positions
   */
  function moveChannels(request: RestRequest): RestReply {
    const guild = world.guild(param(request, 'guild_id'))
    requireInGuild(world, guild, botId, 0n)
    const moves = readChannelMoves(request.body).map((move) => {
      const channel = guild.channels.get(move.id)
      if (!channel || channel.thread) throw unknownResource('channel')
      const moved = move.parent_id !== undefined && move.parent_id !== channel.parentId
      return { ...move, channel, moved }
    })
    if (moves.filter(({ moved }) => moved).length > 1) {
      throw new DiscordError(400, 40_009, 'Only one channel can have a parent_id modified at a time')
    }
    for (const { channel, moved, ...move } of moves) requireMove(guild, channel, moved, move)
    for (const { channel, moved, ...move } of moves) {
      const parent = guild.channels.get(move.parent_id ?? '')
      const input = {
        position: move.position ?? undefined,
        ...(moved ? { parentId: move.parent_id } : {}),
        ...(moved && parent && move.lock_permissions
          ? { overwrites: parent.overwrites.map((overwrite) => ({ ...overwrite })) }
          : {}),
      }
      updateChannel(world, guild, channel, input, botActor(context, request))
    }
    return noContent()
  }

  function requireMove(
    guild: GuildState,
    channel: ChannelState,
    moved: boolean,
    move: { parent_id?: string | null | undefined; lock_permissions?: boolean | null | undefined },
  ): void {
    const { ManageChannels, ManageRoles } = PermissionFlagsBits
    const parent = channel.parentId === null ? undefined : guild.channels.get(channel.parentId)
    if (!moved) {
      const inParent = parent !== undefined && holds(world, parent, botId, ManageChannels)
      if (!inParent) requireInGuild(world, guild, botId, ManageChannels)
      return
    }
    const target = move.parent_id ? guild.channels.get(move.parent_id) : undefined
    const mayLeave = canView(world, channel, botId) && holds(world, channel, botId, ManageChannels)
    const mayEnter = target
      ? holds(world, target, botId, ManageChannels)
      : holdsInGuild(world, guild, botId, ManageChannels)
    if (!mayLeave || !mayEnter) throw missingAccess()
    requireParent(guild, move.parent_id ?? null, channel.type, channel)
    if (move.lock_permissions) requireInChannel(world, channel, botId, ManageRoles)
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
        else changeChannel(request, channel)
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
          if (guild.rulesChannelId === channel.id || guild.publicUpdatesChannelId === channel.id) {
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
      handle: (request) =>
        setPermissions(request, (guild, id) => {
          const overwrite = readOverwrite(id, request.body)
          const known = overwrite.type === 0 ? guild.roles : world.users
          if (!known.has(id)) throw unknownResource('overwrite')
          return overwrite
        }),
    },
    {
      method: 'DELETE',
      path: '/channels/:channel_id/permissions/:overwrite_id',
      operation: 'delete_channel_permission_overwrite',
      auth: 'bot',
      handle: (request) => setPermissions(request, () => null),
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
        const input = readNewChannel(guild, request.body)
        if (input.overwrites) requireOverwritable(world, guild, null, input.overwrites)
        const channel = createChannel(world, guild, input, botActor(context, request))
        return created(renderChannel(world, channel))
      },
    },
    {
      method: 'PATCH',
      path: '/guilds/:guild_id/channels',
      operation: 'bulk_update_guild_channels',
      auth: 'bot',
      handle: moveChannels,
    },
  ]
}

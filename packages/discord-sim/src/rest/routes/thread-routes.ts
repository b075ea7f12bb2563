import { ChannelType, PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import { renderMember } from '../../resources/member-payload.ts'
import { renderMessage } from '../../resources/message-payload.ts'
import { createMessage, requireOpenMessage } from '../../resources/messages.ts'
import { canView, requireInChannel, requireInGuild } from '../../resources/permissions.ts'
import { renderThread, renderThreadMember } from '../../resources/thread-payload.ts'
import { addThreadMember, createThread, removeThreadMember, requireThread } from '../../resources/threads.ts'
import type { ChannelState } from '../../state/entities.ts'
import { DiscordError, unknownResource } from '../../discord-error.ts'
import { parseForm, queryBoolean, queryInteger, snowflake } from '../../forms/form.ts'
import { createMessageSchema, readMessageForm, requireContent } from '../../forms/message-form.ts'
import { botActor } from '../rest-context.ts'
import type { RestContext } from '../rest-context.ts'
import { created, noContent, ok, param } from '../route.ts'
import type { RestRequest, Route } from '../route.ts'

const archiveMinutes = z.union([z.literal(60), z.literal(1440), z.literal(4320), z.literal(10080)])
const createSchema = z.object({
  name: z.string().min(1).max(100),
  auto_archive_duration: archiveMinutes.nullish(),
  type: z.union([z.literal(10), z.literal(11), z.literal(12)]).nullish(),
  invitable: z.boolean().nullish(),
  rate_limit_per_user: z.number().int().min(0).max(21_600).nullish(),
  applied_tags: z.array(snowflake).max(5).nullish(),
  message: createMessageSchema.nullish(),
})
const archivedSchema = z.object({ limit: queryInteger(2, 100, 50), before: z.string().optional() })
const membersSchema = z.object({
  with_member: queryBoolean.optional(),
  limit: queryInteger(1, 100, 100),
  after: snowflake.optional(),
})

export function threadRoutes(context: RestContext): Route[] {
  const { world } = context
  const botId = world.app.botId

  function channelFor(request: RestRequest, needed = 0n): ChannelState {
    const channel = world.channel(param(request, 'channel_id'))
    requireInChannel(world, channel, botId, needed)
    return channel
  }

  function threadFor(request: RestRequest): ChannelState {
    const channel = channelFor(request)
    requireThread(channel)
    return channel
  }

  /** A list of threads with the bot's own membership beside it. */
  function listing(threads: ChannelState[], limit = threads.length) {
    const page = threads.slice(0, limit)
    return {
      threads: page.map((channel) => renderThread(channel)),
      members: page.flatMap((channel) => {
        const member = channel.thread?.members.get(botId)
        return member ? [renderThreadMember(channel.id, member)] : []
      }),
      has_more: threads.length > limit,
    }
  }

  function create(request: RestRequest) {
    const parent = channelFor(request)
    const fields = parseForm(createSchema, request.body)
    const isForum = parent.type === ChannelType.GuildForum || parent.type === ChannelType.GuildMedia
    if (parent.thread || (!isForum && parent.type !== 0 && parent.type !== 5)) {
      throw new DiscordError(400, 50024, 'Cannot execute action on this channel type')
    }
    const type = isForum ? 11 : (fields.type ?? 12)
    const needed =
      type === 12 ? PermissionFlagsBits.CreatePrivateThreads : PermissionFlagsBits.CreatePublicThreads
    requireInChannel(world, parent, botId, isForum ? PermissionFlagsBits.SendMessages : needed)
    const guild = world.guildOf(parent)
    const first = isForum ? parseForm(createMessageSchema, fields.message) : null
    const form = first ? readMessageForm(first, request.files, parent.id, context.attachments) : null
    if (form) requireContent(form)
    const thread = createThread(
      world,
      guild,
      parent,
      {
        name: fields.name,
        type,
        autoArchiveMinutes: fields.auto_archive_duration ?? undefined,
        invitable: fields.invitable ?? undefined,
        rateLimitPerUser: fields.rate_limit_per_user ?? undefined,
        appliedTags: fields.applied_tags ?? undefined,
      },
      botActor(context, request),
    )
    if (!form) return created(renderThread(thread))
    const message = createMessage(world, thread, botId, {
      content: form.content ?? '',
      embeds: form.embeds ?? [],
      components: form.components ?? [],
      attachments: form.attachments ?? [],
      flags: form.flags,
      allowedMentions: form.allowedMentions,
    })
    return created({ ...renderThread(thread), message: renderMessage(world, message) })
  }

  const archived = (request: RestRequest, privateOnes: boolean, onlyMine: boolean) => {
    const needed =
      PermissionFlagsBits.ReadMessageHistory |
      (privateOnes && !onlyMine ? PermissionFlagsBits.ManageThreads : 0n)
    const parent = channelFor(request, needed)
    const query = parseForm(archivedSchema, request.query)
    const beforeMs = query.before === undefined ? Number.POSITIVE_INFINITY : Date.parse(query.before)
    const found = [...world.guildOf(parent).channels.values()]
      .filter((channel) => channel.parentId === parent.id && channel.thread?.archived)
      .filter((channel) => (channel.type === 12) === privateOnes)
      .filter((channel) => !onlyMine || channel.thread?.members.has(botId))
      .filter((channel) => (channel.thread?.archiveChangedAtMs ?? 0) < beforeMs)
      .toSorted(
        (left, right) => (right.thread?.archiveChangedAtMs ?? 0) - (left.thread?.archiveChangedAtMs ?? 0),
      )
    return ok(listing(found, query.limit))
  }

  return [
    {
      method: 'POST',
      path: '/channels/:channel_id/messages/:message_id/threads',
      operation: 'create_thread_from_message',
      auth: 'bot',
      handle: (request) => {
        const parent = channelFor(request, PermissionFlagsBits.CreatePublicThreads)
        const fields = parseForm(createSchema, request.body)
        const startMessage = requireOpenMessage(parent, param(request, 'message_id'))
        const thread = createThread(
          world,
          world.guildOf(parent),
          parent,
          {
            name: fields.name,
            type: parent.type === 5 ? 10 : 11,
            autoArchiveMinutes: fields.auto_archive_duration ?? undefined,
            rateLimitPerUser: fields.rate_limit_per_user ?? undefined,
            startMessage,
          },
          botActor(context, request),
        )
        return created(renderThread(thread))
      },
    },
    {
      method: 'POST',
      path: '/channels/:channel_id/threads',
      operation: 'create_thread',
      auth: 'bot',
      handle: create,
    },
    {
      method: 'GET',
      path: '/channels/:channel_id/thread-members',
      operation: 'list_thread_members',
      auth: 'bot',
      handle: (request) => {
        const channel = threadFor(request)
        const query = parseForm(membersSchema, request.query)
        const guild = world.guildOf(channel)
        return ok(
          [...(channel.thread?.members.values() ?? [])].slice(0, query.limit).map((state) => {
            const member = guild.members.get(state.userId)
            return {
              ...renderThreadMember(channel.id, state),
              ...(query.with_member && member ? { member: renderMember(world, member) } : {}),
            }
          }),
        )
      },
    },
    {
      method: 'GET',
      path: '/channels/:channel_id/thread-members/:user_id',
      operation: 'get_thread_member',
      auth: 'bot',
      handle: (request) => {
        const channel = threadFor(request)
        const userId = param(request, 'user_id') === '@me' ? botId : param(request, 'user_id')
        const state = channel.thread?.members.get(userId)
        if (!state) throw unknownResource('member')
        return ok(renderThreadMember(channel.id, state))
      },
    },
    ...(['@me', ':user_id'] as const).flatMap((who): Route[] => {
      const userOf = (request: RestRequest) => (who === '@me' ? botId : param(request, 'user_id'))
      const path = `/channels/:channel_id/thread-members/${who}`
      return [
        {
          method: 'PUT',
          path,
          operation: who === '@me' ? 'join_thread' : 'add_thread_member',
          auth: 'bot',
          handle: (request) => {
            const channel = threadFor(request)
            if (channel.thread?.archived) throw new DiscordError(400, 50083, 'Thread is archived')
            if (who !== '@me')
              requireInChannel(world, channel, botId, PermissionFlagsBits.SendMessagesInThreads)
            const guild = world.guildOf(channel)
            world.member(guild, userOf(request))
            addThreadMember(world, guild, channel, userOf(request))
            return noContent()
          },
        },
        {
          method: 'DELETE',
          path,
          operation: who === '@me' ? 'leave_thread' : 'delete_thread_member',
          auth: 'bot',
          handle: (request) => {
            const channel = threadFor(request)
            const mayRemove = who === '@me' || (channel.type === 12 && channel.thread?.ownerId === botId)
            if (!mayRemove) requireInChannel(world, channel, botId, PermissionFlagsBits.ManageThreads)
            removeThreadMember(world, world.guildOf(channel), channel, userOf(request))
            return noContent()
          },
        },
      ]
    }),
    {
      method: 'GET',
      path: '/channels/:channel_id/threads/archived/public',
      operation: 'list_public_archived_threads',
      auth: 'bot',
      handle: (request) => archived(request, false, false),
    },
    {
      method: 'GET',
      path: '/channels/:channel_id/threads/archived/private',
      operation: 'list_private_archived_threads',
      auth: 'bot',
      handle: (request) => archived(request, true, false),
    },
    {
      method: 'GET',
      path: '/channels/:channel_id/users/@me/threads/archived/private',
      operation: 'list_my_private_archived_threads',
      auth: 'bot',
      handle: (request) => archived(request, true, true),
    },
    {
      method: 'GET',
      path: '/guilds/:guild_id/threads/active',
      operation: 'get_active_guild_threads',
      auth: 'bot',
      handle: (request) => {
        const guild = world.guild(param(request, 'guild_id'))
        requireInGuild(world, guild, botId, 0n)
        const threads = [...guild.channels.values()].filter(
          (channel) => channel.thread && !channel.thread.archived && canView(world, channel, botId),
        )
        return ok(listing(threads))
      },
    },
  ]
}

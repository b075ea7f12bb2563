import { ChannelType, PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import { renderMember } from '../../resources/member-payload.ts'
import { renderMessage } from '../../resources/message-payload.ts'
import { createMessage, requireOpenMessage } from '../../resources/messages.ts'
import { canView, requireInChannel, requireInGuild } from '../../resources/permissions.ts'
import { renderOwnThread, renderThread, renderThreadMember } from '../../resources/thread-payload.ts'
import { addThreadMember, createThread, removeThreadMember, requireThread } from '../../resources/threads.ts'
import type { ChannelState, ThreadMemberState } from '../../state/entities.ts'
import { forumTypes } from '../../resources/channel-payload.ts'
import { compareSnowflakes } from '../../snowflake.ts'
import { missingAccess, unknownResource } from '../../discord-error.ts'
import { parseForm, queryBoolean, queryInteger, snowflake } from '../../forms/form.ts'
import { newMessage } from '../../forms/message-input.ts'
import { readMessageForm, requireContent } from '../../forms/message-form.ts'
import { readForumThread, readTextThread, readThreadOnMessage } from '../../forms/thread-form.ts'
import { allowedForm, requireActiveThread } from '../send-checks.ts'
import { requireMayStartThread, requireTags, typeOnMessage } from '../thread-checks.ts'
import { botActor } from '../rest-context.ts'
import type { RestContext } from '../rest-context.ts'
import { created, noContent, ok, param, queryFlag } from '../route.ts'
import type { RestRequest, Route } from '../route.ts'

const pageSize = queryInteger(2, 100, 50)
const archivedSchema = z.object({ limit: pageSize, before: z.iso.datetime({ offset: true }).optional() })
const joinedSchema = z.object({ limit: pageSize, before: snowflake.optional() })
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
    if (forumTypes.includes(parent.type)) return createPost(request, parent)
    const fields = readTextThread(request.body)
    requireMayStartThread(world, parent, fields.type)
    const thread = createThread(world, world.guildOf(parent), parent, fields, botActor(context, request))
    return created(renderOwnThread(thread, botId))
  }

  /** A post: the thread and its first message. */
  function createPost(request: RestRequest, parent: ChannelState) {
    const fields = readForumThread(request.body)
    requireInChannel(world, parent, botId, PermissionFlagsBits.SendMessages)
    requireTags(world, parent, fields.appliedTags)
    const read = readMessageForm(fields.message, request.files, parent.id, context.attachments)
    const form = allowedForm(world, parent, read, { files: request.files.length, isReply: false })
    requireContent(form)
    const guild = world.guildOf(parent)
    const thread = createThread(world, guild, parent, { ...fields, type: 11 }, botActor(context, request))
    const message = createMessage(world, thread, botId, newMessage(world, form))
    return created({ ...renderOwnThread(thread, botId), message: renderMessage(world, message) })
  }

  /** Archived threads of a channel, the last archived first. */
  function archived(request: RestRequest, privateOnes: boolean) {
    const needed =
      PermissionFlagsBits.ReadMessageHistory | (privateOnes ? PermissionFlagsBits.ManageThreads : 0n)
    const parent = channelFor(request, needed)
    const query = parseForm(archivedSchema, request.query)
    const beforeMs = query.before === undefined ? Number.POSITIVE_INFINITY : Date.parse(query.before)
    const found = archivedIn(parent, privateOnes)
      .filter((channel) => (channel.thread?.archiveChangedAtMs ?? 0) < beforeMs)
      .toSorted(
        (left, right) => (right.thread?.archiveChangedAtMs ?? 0) - (left.thread?.archiveChangedAtMs ?? 0),
      )
    return ok(listing(found, query.limit))
  }

  /** Archived private threads that the bot is in, by their ids, the newest first. */
  function archivedJoined(request: RestRequest) {
    const parent = channelFor(request, PermissionFlagsBits.ReadMessageHistory)
    const { limit, before } = parseForm(joinedSchema, request.query)
    const found = archivedIn(parent, true)
      .filter((channel) => channel.thread?.members.has(botId))
      .filter((channel) => before === undefined || compareSnowflakes(channel.id, before) < 0)
      .toSorted((left, right) => compareSnowflakes(right.id, left.id))
    return ok(listing(found, limit))
  }

  function archivedIn(parent: ChannelState, privateOnes: boolean): ChannelState[] {
    return [...world.guildOf(parent).channels.values()].filter(
      (channel) =>
        channel.parentId === parent.id &&
        channel.thread?.archived &&
        (channel.type === ChannelType.PrivateThread) === privateOnes,
    )
  }

  function showMember(channel: ChannelState, state: ThreadMemberState, withMember: boolean) {
    const member = withMember ? world.guildOf(channel).members.get(state.userId) : undefined
    return {
      ...renderThreadMember(channel.id, state),
      ...(member ? { member: renderMember(world, member) } : {}),
    }
  }

  /** Pages are only made with `with_member`, and the list needs the intent that lets a bot see members. */
  function listMembers(request: RestRequest) {
    const channel = threadFor(request)
    if (!world.app.privilegedIntents.members) throw missingAccess()
    const query = parseForm(membersSchema, request.query)
    const all = [...(channel.thread?.members.values() ?? [])].toSorted((left, right) =>
      compareSnowflakes(left.userId, right.userId),
    )
    const { after } = query
    const page = query.with_member
      ? all
          .filter(({ userId }) => after === undefined || compareSnowflakes(userId, after) > 0)
          .slice(0, query.limit)
      : all
    return ok(page.map((state) => showMember(channel, state, query.with_member ?? false)))
  }

  /** Whom a private thread lets in is the moderators' to say if it is not `invitable`. */
  function requireMayAdd(channel: ChannelState): void {
    requireInChannel(world, channel, botId, PermissionFlagsBits.SendMessagesInThreads)
    if (channel.type !== ChannelType.PrivateThread || channel.thread?.invitable) return
    if (channel.thread?.ownerId !== botId)
      requireInChannel(world, channel, botId, PermissionFlagsBits.ManageThreads)
  }

  return [
    {
      method: 'POST',
      path: '/channels/:channel_id/messages/:message_id/threads',
      operation: 'create_thread_from_message',
      auth: 'bot',
      handle: (request) => {
        const parent = channelFor(request)
        const type = typeOnMessage(parent)
        const fields = readThreadOnMessage(request.body)
        requireMayStartThread(world, parent, type)
        requireInChannel(world, parent, botId, PermissionFlagsBits.ReadMessageHistory)
        const startMessage = requireOpenMessage(parent, param(request, 'message_id'))
        const thread = createThread(
          world,
          world.guildOf(parent),
          parent,
          { ...fields, type, startMessage },
          botActor(context, request),
        )
        return created(renderOwnThread(thread, botId))
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
      handle: listMembers,
    },
    {
      method: 'GET',
      path: '/channels/:channel_id/thread-members/:user_id',
      operation: 'get_thread_member',
      auth: 'bot',
      handle: (request) => {
        const channel = threadFor(request)
        const state = channel.thread?.members.get(param(request, 'user_id'))
        if (!state) throw unknownResource('member')
        return ok(showMember(channel, state, queryFlag(request, 'with_member')))
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
            requireActiveThread(channel)
            if (who !== '@me') requireMayAdd(channel)
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
            requireActiveThread(channel)
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
      handle: (request) => archived(request, false),
    },
    {
      method: 'GET',
      path: '/channels/:channel_id/threads/archived/private',
      operation: 'list_private_archived_threads',
      auth: 'bot',
      handle: (request) => archived(request, true),
    },
    {
      method: 'GET',
      path: '/channels/:channel_id/users/@me/threads/archived/private',
      operation: 'list_my_private_archived_threads',
      auth: 'bot',
      handle: archivedJoined,
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

import { ChannelType } from 'discord-api-types/v10'
import { z } from 'zod'
import { banUser, unbanUser } from '../../resources/bans.ts'
import { renderChannel } from '../../resources/channel-payload.ts'
import { createChannel, deleteChannel, updateChannel } from '../../resources/channels.ts'
import {
  addBot,
  buildGuild,
  registerGuild,
  removeBot,
  setGuildOutage,
  joinGuild,
} from '../../resources/guilds.ts'
import { renderMember } from '../../resources/member-payload.ts'
import { announceMemberAdd, buildMember, removeMember, updateMember } from '../../resources/members.ts'
import { invitesPaused } from '../../resources/incidents.ts'
import { createRole, deleteRole, requireRole, updateRole } from '../../resources/roles.ts'
import { createUser } from '../../resources/users.ts'
import { moveVoice } from '../../resources/voice-states.ts'
import { buildChannel } from '../../resources/channels.ts'
import { SimError } from '../../discord-error.ts'
import { isSnowflake, snowflakeAt } from '../../snowflake.ts'
import { botPermissions } from '../../seed/seed-guilds.ts'
import type { GuildState } from '../../state/entities.ts'
import type { Actor, World } from '../../state/world.ts'
import { operation, query } from '../operation.ts'

const id = z.string().refine(isSnowflake, 'must be a snowflake')
const inGuild = { guildId: id }
const acting = { actorId: id.optional(), reason: z.string().optional() }
const channelFields = {
  name: z.string().optional(),
  topic: z.string().nullish(),
  parentId: id.nullish(),
  nsfw: z.boolean().optional(),
  overwrites: z
    .array(z.object({ id, type: z.union([z.literal(0), z.literal(1)]), allow: z.string(), deny: z.string() }))
    .optional(),
}

function summarize(world: World, guild: GuildState) {
  return {
    id: guild.id,
    name: guild.name,
    ownerId: guild.ownerId,
    /** A member with an administrator role who is not the bot; the owner of a seeded guild. */
    adminId: guild.ownerId,
    memberCount: guild.members.size,
    channelCount: guild.channels.size,
    botPresent: world.botIsIn(guild),
    unavailable: guild.unavailable,
  }
}

/** Users, guilds, members, roles and channels, changed as their people would change them. */
export function worldOperations(world: World) {
  const actorIn = (
    guild: GuildState,
    input: { actorId?: string | undefined; reason?: string | undefined },
  ): Actor => ({
    userId: input.actorId ?? guild.ownerId,
    reason: input.reason ?? null,
  })

  return {
    guilds: query(() => [...world.guilds.values()].map((guild) => summarize(world, guild))),
    guild: operation(z.object(inGuild), (input) => {
      const guild = world.guild(input.guildId)
      return {
        ...summarize(world, guild),
        roles: [...guild.roles.values()],
        channels: [...guild.channels.values()].map((channel) => renderChannel(world, channel)),
        members: [...guild.members.values()].map((member) => renderMember(world, member)),
        bans: [...guild.bans.values()],
        auditLog: guild.auditLog,
      }
    }),
    users: operation(z.object({ limit: z.number().int().positive().default(100) }), (input) =>
      [...world.users.values()].slice(0, input.limit),
    ),
    createUser: operation(
      z.object({
        id: id.optional(),
        username: z.string().min(1),
        globalName: z.string().nullish(),
        bot: z.boolean().optional(),
        /** Epoch ms of the account's making; the id carries it. */
        createdAtMs: z.number().optional(),
      }),
      (input) => {
        const madeAt = input.createdAtMs
        const chosen =
          input.id ?? (madeAt === undefined ? undefined : snowflakeAt(madeAt, world.random.below(4_000)))
        return {
          ...createUser(world, {
            username: input.username,
            globalName: input.globalName ?? null,
            ...(chosen === undefined ? {} : { id: chosen }),
            ...(input.bot === undefined ? {} : { bot: input.bot }),
          }),
        }
      },
    ),
    createGuild: operation(
      z.object({
        id: id.optional(),
        name: z.string().min(1),
        ownerId: id.optional(),
        memberIds: z.array(id).default([]),
        withBot: z.boolean().default(true),
        botPermissions: z.string().optional(),
        textChannels: z.array(z.string()).default(['general']),
      }),
      (input) => {
        const ownerId = input.ownerId ?? world.app.ownerId
        const guild = buildGuild(input.id ?? world.ids.next(), input.name, ownerId)
        for (const userId of new Set([ownerId, ...input.memberIds])) {
          guild.members.set(world.user(userId).id, buildMember(userId, world.now()))
        }
        for (const [position, name] of input.textChannels.entries()) {
          const channel = buildChannel(world.ids.next(), guild.id, {
            type: ChannelType.GuildText,
            name,
            position,
          })
          guild.channels.set(channel.id, channel)
          guild.systemChannelId ??= channel.id
        }
        registerGuild(world, guild)
        if (input.withBot)
          addBot(world, guild, input.botPermissions ?? botPermissions.toString(), { userId: ownerId })
        return {
          ...summarize(world, guild),
          channels: [...guild.channels.values()].map((channel) => ({ id: channel.id, name: channel.name })),
        }
      },
    ),
    addBot: operation(z.object({ ...inGuild, ...acting, permissions: z.string().optional() }), (input) => {
      const guild = world.guild(input.guildId)
      addBot(world, guild, input.permissions ?? botPermissions.toString(), actorIn(guild, input))
      return summarize(world, guild)
    }),
    removeBot: operation(z.object(inGuild), (input) => {
      const guild = world.guild(input.guildId)
      removeBot(world, guild)
      return summarize(world, guild)
    }),
    /** `toldBy`: which event tells sessions of it that connect during the outage. */
    setGuildOutage: operation(
      z.object({
        ...inGuild,
        unavailable: z.boolean(),
        toldBy: z.enum(['GUILD_DELETE', 'GUILD_CREATE']).optional(),
      }),
      (input) => {
        const guild = world.guild(input.guildId)
        setGuildOutage(world, guild, input.unavailable, input.toldBy)
        return summarize(world, guild)
      },
    ),
    /** GUILD_MEMBER_ADD of somebody who is a member already, which Discord may send. */
    repeatMemberAdd: operation(z.object({ ...inGuild, userId: id }), (input) => {
      const guild = world.guild(input.guildId)
      announceMemberAdd(world, guild, world.member(guild, input.userId))
      return { userId: input.userId }
    }),
    /** Joins, moves between or leaves (null) voice channels. */
    moveVoice: operation(z.object({ ...inGuild, userId: id, channelId: id.nullable() }), (input) => {
      const guild = world.guild(input.guildId)
      moveVoice(world, guild, world.member(guild, input.userId).userId, input.channelId)
      return { userId: input.userId, channelId: input.channelId }
    }),
    addMember: operation(z.object({ ...inGuild, userId: id }), (input) => {
      const guild = world.guild(input.guildId)
      if (invitesPaused(world, guild)) throw new SimError('invites are paused: nobody joins now')
      joinGuild(world, guild, input.userId)
      return renderMember(world, world.member(guild, input.userId))
    }),
    /** Leaves by own wish; with `actorId`, is kicked by that person. */
    removeMember: operation(z.object({ ...inGuild, userId: id, ...acting }), (input) => {
      const guild = world.guild(input.guildId)
      removeMember(world, guild, input.userId, input.actorId === undefined ? null : actorIn(guild, input))
      return { removed: input.userId }
    }),
    updateMember: operation(
      z.object({
        ...inGuild,
        userId: id,
        ...acting,
        nick: z.string().nullish(),
        roles: z.array(id).optional(),
        timedOutUntilMs: z.number().nullish(),
      }),
      (input) => {
        const guild = world.guild(input.guildId)
        const member = world.member(guild, input.userId)
        const { nick, roles, timedOutUntilMs } = input
        updateMember(world, guild, member, { nick, roles, timedOutUntilMs }, actorIn(guild, input))
        return renderMember(world, member)
      },
    ),
    ban: operation(
      z.object({ ...inGuild, userId: id, ...acting, deleteSeconds: z.number().int().min(0).default(0) }),
      (input) => {
        const guild = world.guild(input.guildId)
        banUser(world, guild, input.userId, input.deleteSeconds, actorIn(guild, input))
        return { banned: input.userId }
      },
    ),
    unban: operation(z.object({ ...inGuild, userId: id, ...acting }), (input) => {
      const guild = world.guild(input.guildId)
      unbanUser(world, guild, input.userId, actorIn(guild, input))
      return { unbanned: input.userId }
    }),
    createChannel: operation(
      z.object({
        ...inGuild,
        ...acting,
        ...channelFields,
        name: z.string().min(1),
        type: z.number().int().default(0),
      }),
      (input) => {
        const guild = world.guild(input.guildId)
        return renderChannel(world, createChannel(world, guild, input, actorIn(guild, input)))
      },
    ),
    updateChannel: operation(z.object({ channelId: id, ...acting, ...channelFields }), (input) => {
      const channel = world.channel(input.channelId)
      const guild = world.guildOf(channel)
      return renderChannel(world, updateChannel(world, guild, channel, input, actorIn(guild, input)))
    }),
    deleteChannel: operation(z.object({ channelId: id, ...acting }), (input) => {
      const channel = world.channel(input.channelId)
      const guild = world.guildOf(channel)
      if (channel.thread) throw new SimError('use deleteThread for threads')
      deleteChannel(world, guild, channel, actorIn(guild, input))
      return { deleted: channel.id }
    }),
    createRole: operation(
      z.object({
        ...inGuild,
        ...acting,
        name: z.string().min(1),
        permissions: z.string().optional(),
        color: z.number().int().optional(),
        mentionable: z.boolean().optional(),
      }),
      (input) => {
        const guild = world.guild(input.guildId)
        return { ...createRole(world, guild, input, actorIn(guild, input)) }
      },
    ),
    updateRole: operation(
      z.object({
        ...inGuild,
        roleId: id,
        ...acting,
        name: z.string().optional(),
        permissions: z.string().optional(),
      }),
      (input) => {
        const guild = world.guild(input.guildId)
        return { ...updateRole(world, guild, requireRole(guild, input.roleId), input, actorIn(guild, input)) }
      },
    ),
    /** With `leaveOverwrites` the channels' overwrites go on naming the role, as after a race inside Discord. */
    deleteRole: operation(
      z.object({ ...inGuild, roleId: id, ...acting, leaveOverwrites: z.boolean().default(false) }),
      (input) => {
        const guild = world.guild(input.guildId)
        const role = requireRole(guild, input.roleId)
        deleteRole(world, guild, role, actorIn(guild, input), input.leaveOverwrites)
        return { deleted: input.roleId }
      },
    ),
  }
}

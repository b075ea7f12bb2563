import { GuildMemberFlags, PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import { banUser, renderBan, unbanUser } from '../../resources/bans.ts'
import { renderMember } from '../../resources/member-payload.ts'
import { removeMember, updateMember } from '../../resources/members.ts'
import {
  allPermissions,
  guildPermissions,
  highestRolePosition,
  holdsInGuild,
  requireAbove,
  requireInChannel,
  requireInGuild,
} from '../../resources/permissions.ts'
import { requireRole } from '../../resources/roles.ts'
import { compareSnowflakes } from '../../snowflake.ts'
import { moveByModerator } from '../../resources/voice-moves.ts'
import type { GuildState, MemberState } from '../../state/entities.ts'
import { DiscordError, invalidField, missingPermissions, unknownResource } from '../../discord-error.ts'
import { readMemberPatch, readOwnMemberPatch } from '../../forms/member-form.ts'
import { parseForm, queryInteger, snowflake } from '../../forms/form.ts'
import { botActor } from '../rest-context.ts'
import type { RestContext } from '../rest-context.ts'
import { noContent, ok, param } from '../route.ts'
import type { RestRequest, Route } from '../route.ts'

const listSchema = z.object({ limit: queryInteger(1, 1_000, 1), after: snowflake.default('0'.repeat(17)) })
const searchSchema = z.object({ query: z.string().min(1), limit: queryInteger(1, 1_000, 1) })
const banSchema = z.object({
  delete_message_seconds: z.number().int().min(0).max(604_800).nullish(),
  delete_message_days: z.number().int().min(0).max(7).nullish(),
})
const bulkBanSchema = z.object({
  user_ids: z.array(snowflake).min(1).max(200),
  delete_message_seconds: z.number().int().min(0).max(604_800).nullish(),
})
const bansSchema = z.object({
  limit: queryInteger(1, 1_000, 1_000),
  before: snowflake.optional(),
  after: snowflake.optional(),
})
const maxTimeoutMs = 28 * 86_400_000

/** The only flag that can be edited is the exemption from verification. */
function bypassed(before: number, wanted: number): number {
  const bit = GuildMemberFlags.BypassesVerification
  return (before & ~bit) | (wanted & bit)
}

/** Members and bans. */
export function memberRoutes(context: RestContext): Route[] {
  const { world } = context
  const botId = world.app.botId

  function guildFor(request: RestRequest, needed = 0n): GuildState {
    const guild = world.guild(param(request, 'guild_id'))
    requireInGuild(world, guild, botId, needed)
    return guild
  }

  /** Bans of people who are not there are limited, for all applications of a guild together. */
  function countNonMembers(guild: GuildState, userIds: string[]): void {
    const count = userIds.filter((id) => !guild.members.has(id) && !guild.bans.has(id)).length
    context.limits.take('nonMemberBans', guild.id, count)
  }

  /** Each field of the form needs its own permission; only some obey the order of roles. */
  function patchMember(request: RestRequest) {
    const guild = guildFor(request)
    const member = world.member(guild, param(request, 'user_id'))
    const fields = readMemberPatch(request.body)
    const needs = (bits: bigint) => requireInGuild(world, guild, botId, bits)
    const isOther = member.userId !== botId
    if (fields.nick !== undefined) {
      needs(PermissionFlagsBits.ManageNicknames)
      if (isOther) requireAbove(guild, botId, member.userId)
    }
    if (fields.roles !== undefined) needs(PermissionFlagsBits.ManageRoles)
    const roles = fields.roles === undefined ? undefined : (fields.roles ?? [])
    if (roles) requireAssignable(guild, roles, member.roles)
    if (fields.flags !== undefined) requireMayFlag(guild)
    const timeout = readTimeout(guild, member, fields.communication_disabled_until)
    if (isOther && timeout !== undefined) requireAbove(guild, botId, member.userId)
    requireVoice(guild, member, fields)
    const actor = botActor(context, request)
    if (fields.channel_id !== undefined)
      moveByModerator(world, guild, member.userId, fields.channel_id, actor)
    updateMember(
      world,
      guild,
      member,
      {
        nick: fields.nick,
        roles,
        timedOutUntilMs: timeout,
        flags: typeof fields.flags === 'number' ? bypassed(member.flags, fields.flags) : undefined,
        extras: { mute: fields.mute ?? undefined, deaf: fields.deaf ?? undefined },
      },
      actor,
    )
    return ok(renderMember(world, member))
  }

  /** "Will throw a 403 error if the user has the ADMINISTRATOR permission or is the owner of the guild" */
  function readTimeout(
    guild: GuildState,
    member: MemberState,
    text: string | null | undefined,
  ): number | null | undefined {
    if (text === undefined) return undefined
    requireInGuild(world, guild, botId, PermissionFlagsBits.ModerateMembers)
    if (guildPermissions(guild, member) === allPermissions) throw missingPermissions()
    const untilMs = text === null ? null : Date.parse(text)
    if (untilMs !== null && untilMs > world.now() + maxTimeoutMs) {
      throw invalidField(
        'communication_disabled_until',
        'GUILD_MEMBER_COMMUNICATION_DISABLED_TIMEOUT_MAX',
        'Timeout must be at most 28 days.',
      )
    }
    return untilMs
  }

  /** Muting, deafening and moving are for people who are connected: 40032 for others. */
  function requireVoice(
    guild: GuildState,
    member: MemberState,
    fields: ReturnType<typeof readMemberPatch>,
  ): void {
    const { MuteMembers, DeafenMembers, MoveMembers, Connect } = PermissionFlagsBits
    if (typeof fields.mute === 'boolean') requireInGuild(world, guild, botId, MuteMembers)
    if (typeof fields.deaf === 'boolean') requireInGuild(world, guild, botId, DeafenMembers)
    const { channel_id: channelId } = fields
    if (channelId !== undefined) {
      requireInGuild(world, guild, botId, MoveMembers)
      const target = channelId === null ? undefined : guild.channels.get(channelId)
      if (channelId !== null && !target) throw unknownResource('channel')
      if (target) requireInChannel(world, target, botId, Connect | MoveMembers)
    }
    const needsVoice =
      typeof fields.mute === 'boolean' || typeof fields.deaf === 'boolean' || channelId !== undefined
    if (needsVoice && !guild.voiceStates.has(member.userId))
      throw new DiscordError(400, 40_032, 'Target user is not connected to voice.')
  }

  /** Any of three sets of permissions lets the bot exempt people from verification. */
  function requireMayFlag(guild: GuildState): void {
    const { ManageGuild, ManageRoles, ModerateMembers, KickMembers, BanMembers } = PermissionFlagsBits
    const sets = [ManageGuild, ManageRoles, ModerateMembers | KickMembers | BanMembers]
    if (!sets.some((bits) => holdsInGuild(world, guild, botId, bits))) throw missingPermissions()
  }

  /** Roles that are given or taken must stand below the bot's, and belong to nobody's integration. */
  function requireAssignable(guild: GuildState, wanted: string[], present: string[]): void {
    const changed = [
      ...wanted.filter((id) => !present.includes(id)),
      ...present.filter((id) => !wanted.includes(id)),
    ]
    const top = highestRolePosition(guild, botId)
    for (const roleId of changed) {
      if (roleId === guild.id) continue
      const role = requireRole(guild, roleId)
      if (role.managed || role.position >= top) throw missingPermissions()
    }
  }

  function changeRole(request: RestRequest, present: boolean) {
    const guild = guildFor(request, PermissionFlagsBits.ManageRoles)
    const member = world.member(guild, param(request, 'user_id'))
    const role = requireRole(guild, param(request, 'role_id'))
    if (role.managed || role.position >= highestRolePosition(guild, botId)) throw missingPermissions()
    const others = member.roles.filter((id) => id !== role.id)
    const roles = present ? [...others, role.id] : others
    const same = present === member.roles.includes(role.id)
    if (!same) updateMember(world, guild, member, { roles }, botActor(context, request))
    return noContent()
  }

  /**
   * The bot itself is in neither list: https://github.com/discord/discord-api-docs/pull/6720 and
   * https://github.com/discord/discord-api-docs/issues/7437
   */
  function bulkBan(request: RestRequest, guild: GuildState, fields: z.output<typeof bulkBanSchema>) {
    const top = highestRolePosition(guild, botId)
    const others = fields.user_ids.filter((id) => id !== botId)
    const bannable = others.filter(
      (id) => world.users.has(id) && !guild.bans.has(id) && highestRolePosition(guild, id) < top,
    )
    if (bannable.length === 0 && others.length > 0) {
      throw new DiscordError(400, 500_000, 'Failed to ban users')
    }
    countNonMembers(guild, bannable)
    const actor = botActor(context, request)
    for (const id of bannable) banUser(world, guild, id, fields.delete_message_seconds ?? 0, actor)
    return { banned_users: bannable, failed_users: others.filter((id) => !bannable.includes(id)) }
  }

  return [
    {
      method: 'GET',
      path: '/guilds/:guild_id/members',
      operation: 'list_guild_members',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request)
        if (!world.app.privilegedIntents.members) throw new DiscordError(403, 50001, 'Missing Access')
        const query = parseForm(listSchema, request.query)
        return ok(
          [...guild.members.values()]
            .toSorted((left, right) => compareSnowflakes(left.userId, right.userId))
            .filter((member) => BigInt(member.userId) > BigInt(query.after))
            .slice(0, query.limit)
            .map((member) => renderMember(world, member)),
        )
      },
    },
    {
      method: 'GET',
      path: '/guilds/:guild_id/members/search',
      operation: 'search_guild_members',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request)
        const query = parseForm(searchSchema, request.query)
        const prefix = query.query.toLowerCase()
        return ok(
          [...guild.members.values()]
            .filter((member) => {
              const user = world.user(member.userId)
              return [user.username, member.nick ?? ''].some((name) => name.toLowerCase().startsWith(prefix))
            })
            .slice(0, query.limit)
            .map((member) => renderMember(world, member)),
        )
      },
    },
    {
      method: 'GET',
      path: '/guilds/:guild_id/members/:user_id',
      operation: 'get_guild_member',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request)
        world.user(param(request, 'user_id'))
        return ok(renderMember(world, world.member(guild, param(request, 'user_id'))))
      },
    },
    {
      method: 'PATCH',
      path: '/guilds/:guild_id/members/@me',
      operation: 'update_my_guild_member',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request)
        const member = world.member(guild, botId)
        const { nick, avatar, banner } = readOwnMemberPatch(request.body)
        if (nick !== undefined) requireInGuild(world, guild, botId, PermissionFlagsBits.ChangeNickname)
        updateMember(world, guild, member, { nick, extras: { avatar, banner } }, botActor(context, request))
        return ok(renderMember(world, member))
      },
    },
    {
      method: 'PATCH',
      path: '/guilds/:guild_id/members/:user_id',
      operation: 'update_guild_member',
      auth: 'bot',
      rate: { limit: 10, windowMs: 10_000 },
      handle: patchMember,
    },
    {
      method: 'DELETE',
      path: '/guilds/:guild_id/members/:user_id',
      operation: 'delete_guild_member',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request, PermissionFlagsBits.KickMembers)
        const member = world.member(guild, param(request, 'user_id'))
        requireAbove(guild, botId, member.userId)
        removeMember(world, guild, member.userId, botActor(context, request))
        return noContent()
      },
    },
    {
      method: 'PUT',
      path: '/guilds/:guild_id/members/:user_id/roles/:role_id',
      operation: 'add_guild_member_role',
      auth: 'bot',
      rate: { limit: 10, windowMs: 10_000 },
      handle: (request) => changeRole(request, true),
    },
    {
      method: 'DELETE',
      path: '/guilds/:guild_id/members/:user_id/roles/:role_id',
      operation: 'delete_guild_member_role',
      auth: 'bot',
      rate: { limit: 10, windowMs: 10_000 },
      handle: (request) => changeRole(request, false),
    },
    {
      method: 'GET',
      path: '/guilds/:guild_id/bans',
      operation: 'list_guild_bans',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request, PermissionFlagsBits.BanMembers)
        const { limit, before, after } = parseForm(bansSchema, request.query)
        const all = [...guild.bans.values()].toSorted((left, right) =>
          compareSnowflakes(left.userId, right.userId),
        )
        // "If both `before` and `after` are provided, only `before` is respected."
        const page =
          before === undefined
            ? all
                .filter((ban) => after === undefined || compareSnowflakes(ban.userId, after) > 0)
                .slice(0, limit)
            : all.filter((ban) => compareSnowflakes(ban.userId, before) < 0).slice(-limit)
        return ok(page.map((ban) => renderBan(world, ban)))
      },
    },
    {
      method: 'GET',
      path: '/guilds/:guild_id/bans/:user_id',
      operation: 'get_guild_ban',
      auth: 'bot',
      handle: (request) => {
        const ban = guildFor(request, PermissionFlagsBits.BanMembers).bans.get(param(request, 'user_id'))
        if (!ban) throw unknownResource('ban')
        return ok(renderBan(world, ban))
      },
    },
    {
      method: 'PUT',
      path: '/guilds/:guild_id/bans/:user_id',
      operation: 'ban_user_from_guild',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request, PermissionFlagsBits.BanMembers)
        const fields = parseForm(banSchema, request.body)
        const user = world.user(param(request, 'user_id'))
        if (guild.members.has(user.id)) requireAbove(guild, botId, user.id)
        const seconds = fields.delete_message_seconds ?? (fields.delete_message_days ?? 0) * 86_400
        countNonMembers(guild, [user.id])
        banUser(world, guild, user.id, seconds, botActor(context, request))
        return noContent()
      },
    },
    {
      method: 'DELETE',
      path: '/guilds/:guild_id/bans/:user_id',
      operation: 'unban_user_from_guild',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request, PermissionFlagsBits.BanMembers)
        unbanUser(world, guild, param(request, 'user_id'), botActor(context, request))
        return noContent()
      },
    },
    {
      method: 'POST',
      path: '/guilds/:guild_id/bulk-ban',
      operation: 'bulk_ban_users_from_guild',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request, PermissionFlagsBits.BanMembers | PermissionFlagsBits.ManageGuild)
        const fields = parseForm(bulkBanSchema, request.body)
        return ok(bulkBan(request, guild, fields))
      },
    },
  ]
}

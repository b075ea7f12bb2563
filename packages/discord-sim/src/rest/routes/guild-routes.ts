import { AuditLogEvent, PermissionFlagsBits } from 'discord-api-types/v10'
import { z } from 'zod'
import { renderGuild } from '../../resources/guild-payload.ts'
import { updateGuild } from '../../resources/guilds.ts'
import { requireInGuild } from '../../resources/permissions.ts'
import { createRole, deleteRole, moveRoles, requireRole, updateRole } from '../../resources/roles.ts'
import { compareSnowflakes, snowflakeTimeMs } from '../../snowflake.ts'
import type { GuildState } from '../../state/entities.ts'
import { DiscordError, missingPermissions } from '../../discord-error.ts'
import { needsAdministrator, readGuildPatch } from '../../forms/guild-form.ts'
import { readRole } from '../../forms/role-form.ts'
import { parseForm, queryInteger, snowflake } from '../../forms/form.ts'
import { botActor } from '../rest-context.ts'
import type { RestContext } from '../rest-context.ts'
import { noContent, ok, param, queryFlag } from '../route.ts'
import type { RestRequest, Route } from '../route.ts'
import { highestRolePosition, guildPermissions } from '../../resources/permissions.ts'
import { renderThread } from '../../resources/thread-payload.ts'
import { renderWebhook } from '../../resources/webhooks.ts'

const roleMovesSchema = z.array(
  z.object({ id: snowflake, position: z.number().int().nonnegative().nullish() }),
)
/** Discord keeps audit entries for 45 days: the audit log resource. */
const auditKeptMs = 45 * 86_400_000
const auditSchema = z.object({
  user_id: snowflake.optional(),
  action_type: z.coerce.number().pipe(z.enum(AuditLogEvent)).optional(),
  target_id: snowflake.optional(),
  before: snowflake.optional(),
  after: snowflake.optional(),
  limit: queryInteger(1, 100, 50),
})

/** Guild, roles and audit log. */
export function guildRoutes(context: RestContext): Route[] {
  const { world } = context
  const botId = world.app.botId

  function guildFor(request: RestRequest, needed = 0n): GuildState {
    const guild = world.guild(param(request, 'guild_id'))
    requireInGuild(world, guild, botId, needed)
    return guild
  }

  /** A bot may only touch roles below its own, and grant only what it has. */
  function roleBelow(guild: GuildState, roleId: string) {
    const role = requireRole(guild, roleId)
    if (role.position >= highestRolePosition(guild, botId)) throw missingPermissions()
    return role
  }

  function requireGrantable(guild: GuildState, permissions: string | undefined): void {
    if (permissions === undefined) return
    const own = guildPermissions(guild, world.member(guild, botId))
    if ((BigInt(permissions) & ~own) !== 0n) throw missingPermissions()
  }

  function auditLog(request: RestRequest) {
    const guild = guildFor(request, PermissionFlagsBits.ViewAuditLog)
    const query = parseForm(auditSchema, request.query)
    const { before, after } = query
    const oldest = world.now() - auditKeptMs
    const found = guild.auditLog
      .filter((entry) => snowflakeTimeMs(entry.id) >= oldest)
      .filter((entry) => query.user_id === undefined || entry.user_id === query.user_id)
      .filter((entry) => query.action_type === undefined || entry.action_type === query.action_type)
      .filter((entry) => query.target_id === undefined || entry.target_id === query.target_id)
      .filter((entry) => before === undefined || compareSnowflakes(entry.id, before) < 0)
      .filter((entry) => after === undefined || compareSnowflakes(entry.id, after) > 0)
    const page = after === undefined ? found.slice(-query.limit).toReversed() : found.slice(0, query.limit)
    const ids = new Set(page.flatMap((entry) => [entry.user_id, entry.target_id]))
    const present = [...ids].filter((id) => id !== null)
    return ok({
      audit_log_entries: page,
      users: present.flatMap((id) => world.users.get(id) ?? []),
      threads: present.flatMap((id) => {
        const channel = guild.channels.get(id)
        return channel?.thread ? [renderThread(channel)] : []
      }),
      webhooks: present.flatMap((id) => {
        const webhook = world.webhooks.get(id)
        if (!webhook) return []
        const { token: _token, url: _url, ...shown } = renderWebhook(world, webhook, context.urls.base)
        return [shown]
      }),
      auto_moderation_rules: present.flatMap((id) => guild.automodRules.get(id) ?? []),
      integrations: [],
      guild_scheduled_events: [],
      application_commands: [],
    })
  }

  return [
    {
      method: 'GET',
      path: '/guilds/:guild_id',
      operation: 'get_guild',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request)
        const counts = { approximate_member_count: guild.members.size, approximate_presence_count: 1 }
        return ok({ ...renderGuild(world, guild), ...(queryFlag(request, 'with_counts') ? counts : {}) })
      },
    },
    {
      method: 'PATCH',
      path: '/guilds/:guild_id',
      operation: 'update_guild',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request, PermissionFlagsBits.ManageGuild)
        const patch = readGuildPatch(guild, request.body)
        if (needsAdministrator(guild, patch))
          requireInGuild(world, guild, botId, PermissionFlagsBits.Administrator)
        updateGuild(world, guild, patch, botActor(context, request))
        return ok(renderGuild(world, guild))
      },
    },
    {
      method: 'GET',
      path: '/guilds/:guild_id/preview',
      operation: 'get_guild_preview',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request)
        return ok({
          id: guild.id,
          name: guild.name,
          icon: guild.icon,
          description: guild.description,
          home_header: null,
          splash: guild.splash,
          discovery_splash: guild.discoverySplash,
          features: guild.features,
          approximate_member_count: guild.members.size,
          approximate_presence_count: 1,
          emojis: renderGuild(world, guild).emojis,
          stickers: [],
        })
      },
    },
    {
      method: 'GET',
      path: '/guilds/:guild_id/audit-logs',
      operation: 'list_guild_audit_log_entries',
      auth: 'bot',
      handle: auditLog,
    },
    {
      method: 'GET',
      path: '/guilds/:guild_id/roles',
      operation: 'list_guild_roles',
      auth: 'bot',
      handle: (request) => ok([...guildFor(request).roles.values()]),
    },
    {
      method: 'GET',
      path: '/guilds/:guild_id/roles/:role_id',
      operation: 'get_guild_role',
      auth: 'bot',
      handle: (request) => ok(requireRole(guildFor(request), param(request, 'role_id'))),
    },
    {
      method: 'POST',
      path: '/guilds/:guild_id/roles',
      operation: 'create_guild_role',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request, PermissionFlagsBits.ManageRoles)
        if (guild.roles.size >= 250)
          throw new DiscordError(400, 30005, 'Maximum number of guild roles reached (250)')
        const input = readRole(guild, request.body)
        requireGrantable(guild, input.permissions)
        return ok(createRole(world, guild, input, botActor(context, request)))
      },
    },
    {
      method: 'PATCH',
      path: '/guilds/:guild_id/roles',
      operation: 'bulk_update_guild_roles',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request, PermissionFlagsBits.ManageRoles)
        const moves = parseForm(roleMovesSchema, request.body)
          .filter((move) => typeof move.position === 'number')
          .map((move) => ({ id: move.id, position: move.position ?? 0 }))
        const top = highestRolePosition(guild, botId)
        for (const move of moves) {
          roleBelow(guild, move.id)
          if (move.position >= top) throw missingPermissions()
        }
        return ok(moveRoles(world, guild, moves, botActor(context, request)))
      },
    },
    {
      method: 'PATCH',
      path: '/guilds/:guild_id/roles/:role_id',
      operation: 'update_guild_role',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request, PermissionFlagsBits.ManageRoles)
        const input = readRole(guild, request.body)
        requireGrantable(guild, input.permissions)
        const role = roleBelow(guild, param(request, 'role_id'))
        return ok(updateRole(world, guild, role, input, botActor(context, request)))
      },
    },
    {
      method: 'DELETE',
      path: '/guilds/:guild_id/roles/:role_id',
      operation: 'delete_guild_role',
      auth: 'bot',
      handle: (request) => {
        const guild = guildFor(request, PermissionFlagsBits.ManageRoles)
        const role = roleBelow(guild, param(request, 'role_id'))
        if (role.id === guild.id || role.managed) {
          throw new DiscordError(400, 50028, 'Invalid role')
        }
        deleteRole(world, guild, role, botActor(context, request))
        return noContent()
      },
    },
  ]
}

import { z } from 'zod'
import { applicationFlags } from '../../gateway/gateway-server.ts'
import { renderChannel } from '../../resources/channel-payload.ts'
import { openDirectMessage } from '../../resources/channels.ts'
import { removeBot } from '../../resources/guilds.ts'
import { renderMember } from '../../resources/member-payload.ts'
import { guildPermissions } from '../../resources/permissions.ts'
import { updateOwnUser } from '../../resources/own-user.ts'
import { compareSnowflakes } from '../../snowflake.ts'
import { DiscordError, missingAccess, unknownResource } from '../../discord-error.ts'
import { readApplication, readSelf, toProfile } from '../../forms/application-form.ts'
import { parseForm, queryBoolean, queryInteger, snowflake } from '../../forms/form.ts'
import type { RestContext } from '../rest-context.ts'
import { noContent, ok, param } from '../route.ts'
import type { RestRequest, Route } from '../route.ts'

const guildsSchema = z.object({
  limit: queryInteger(1, 200, 200),
  before: snowflake.optional(),
  after: snowflake.optional(),
  with_counts: queryBoolean.optional(),
})
const dmSchema = z.object({
  recipient_id: snowflake,
  /** Group direct messages are not simulated: looked at and left. */
  access_tokens: z.array(z.string()).nullish(),
  nicks: z.record(z.string(), z.string().nullable()).nullish(),
})

/** The private view of the application, shared by `applications/@me` and the OAuth2 routes. */
export function renderApplication(context: RestContext) {
  const { world } = context
  const { app } = world
  const { profile } = app
  return {
    id: app.id,
    name: app.name,
    icon: profile.icon,
    ...(profile.coverImage === null ? {} : { cover_image: profile.coverImage }),
    description: app.description,
    type: null,
    bot: world.user(app.botId),
    bot_public: true,
    bot_require_code_grant: false,
    verify_key: app.publicKey,
    flags: applicationFlags(world),
    flags_new: String(applicationFlags(world)),
    redirect_uris: app.redirectUris,
    interactions_endpoint_url: app.interactionsEndpointUrl,
    event_webhooks_url: app.eventWebhooks.url,
    event_webhooks_status: app.eventWebhooks.status,
    event_webhooks_types: app.eventWebhooks.types,
    role_connections_verification_url: profile.roleConnectionsUrl,
    ...(profile.customInstallUrl === null ? {} : { custom_install_url: profile.customInstallUrl }),
    ...(profile.installParams === null ? {} : { install_params: profile.installParams }),
    ...(profile.tags.length === 0 ? {} : { tags: profile.tags }),
    owner: world.user(app.ownerId),
    approximate_guild_count: [...world.guilds.values()].filter((guild) => world.botIsIn(guild)).length,
    approximate_user_install_count: app.userInstalls.size,
    approximate_user_authorization_count: context.grants.authorizedUsers,
    explicit_content_filter: 0,
    team: null,
    eligible_oauth2_scopes: [
      'bot',
      'applications.commands',
      'identify',
      'guilds',
      'guilds.members.read',
      'email',
    ],
    integration_types_config: profile.integrationTypes,
  }
}

/** Gateway discovery, the bot's own user and application, direct messages. */
export function applicationRoutes(context: RestContext): Route[] {
  const { world } = context

  /** The user a request speaks for: the bot, or the one who granted the token. */
  function selfId(request: RestRequest): string {
    return request.caller.kind === 'bearer' ? request.caller.grant.userId : world.app.botId
  }

  function requireScope(request: RestRequest, scope: string): void {
    if (request.caller.kind === 'bearer' && !request.caller.grant.scopes.includes(scope))
      throw missingAccess()
  }

  function myUser(request: RestRequest) {
    requireScope(request, 'identify')
    const user = world.user(selfId(request))
    const withEmail = request.caller.kind === 'bearer' && request.caller.grant.scopes.includes('email')
    return ok({
      ...user,
      mfa_enabled: request.caller.kind !== 'bearer',
      locale: 'en-US',
      premium_type: 0,
      verified: true,
      ...(request.caller.kind === 'bearer'
        ? withEmail
          ? { email: `${user.username}@example.com` }
          : {}
        : { email: null }),
    })
  }

  function myGuilds(request: RestRequest) {
    requireScope(request, 'guilds')
    const query = parseForm(guildsSchema, request.query)
    const userId = selfId(request)
    const { before, after } = query
    const found = [...world.guilds.values()]
      .filter((guild) => guild.members.has(userId))
      .toSorted((left, right) => compareSnowflakes(left.id, right.id))
      .filter((guild) => before === undefined || compareSnowflakes(guild.id, before) < 0)
      .filter((guild) => after === undefined || compareSnowflakes(guild.id, after) > 0)
    return ok(
      found.slice(0, query.limit).map((guild) => ({
        id: guild.id,
        name: guild.name,
        icon: guild.icon,
        banner: guild.banner,
        owner: guild.ownerId === userId,
        permissions: guildPermissions(guild, world.member(guild, userId)).toString(),
        features: guild.features,
        ...(query.with_counts
          ? { approximate_member_count: guild.members.size, approximate_presence_count: 1 }
          : {}),
      })),
    )
  }

  async function updateApplication(request: RestRequest) {
    const fields = readApplication(request.body)
    if (fields.description !== undefined) world.app.description = fields.description
    world.app.profile = toProfile(fields, world.app.profile)
    if (fields.interactions_endpoint_url !== undefined) {
      await context.endpoint.save(fields.interactions_endpoint_url || null)
    }
    if (fields.event_webhooks_url !== undefined)
      await context.webhookEvents.save(fields.event_webhooks_url || null)
    world.app.eventWebhooks.types = fields.event_webhooks_types ?? world.app.eventWebhooks.types
    world.app.eventWebhooks.status = fields.event_webhooks_status ?? world.app.eventWebhooks.status
    return ok(renderApplication(context))
  }

  return [
    {
      method: 'GET',
      path: '/gateway',
      operation: 'get_gateway',
      auth: 'none',
      silentRate: true,
      handle: () => ok({ url: context.urls.gateway }),
    },
    {
      method: 'GET',
      path: '/gateway/bot',
      operation: 'get_bot_gateway',
      auth: 'bot',
      handle: () =>
        ok({
          url: context.urls.gateway,
          shards: context.recommendedShards,
          session_start_limit: context.identifyBudget.describe(),
        }),
    },
    { method: 'GET', path: '/users/@me', operation: 'get_my_user', auth: 'either', handle: myUser },
    {
      method: 'PATCH',
      path: '/users/@me',
      operation: 'update_my_user',
      auth: 'bot',
      handle: (request) => {
        updateOwnUser(world, readSelf(request.body))
        return myUser(request)
      },
    },
    {
      method: 'GET',
      path: '/users/@me/guilds',
      operation: 'list_my_guilds',
      auth: 'either',
      rate: { limit: 1, windowMs: 1_000 },
      handle: myGuilds,
    },
    {
      method: 'GET',
      path: '/users/@me/guilds/:guild_id/member',
      operation: 'get_my_guild_member',
      auth: 'bearer',
      handle: (request) => {
        requireScope(request, 'guilds.members.read')
        const guild = world.guild(param(request, 'guild_id'))
        return ok(renderMember(world, world.member(guild, selfId(request))))
      },
    },
    {
      method: 'DELETE',
      path: '/users/@me/guilds/:guild_id',
      operation: 'leave_guild',
      auth: 'bot',
      handle: (request) => {
        const guild = world.guild(param(request, 'guild_id'))
        if (!world.botIsIn(guild)) throw unknownResource('guild')
        removeBot(world, guild)
        return noContent()
      },
    },
    {
      method: 'POST',
      path: '/users/@me/channels',
      operation: 'create_dm',
      auth: 'bot',
      handle: (request) => {
        const { recipient_id: recipientId } = parseForm(dmSchema, request.body)
        if (recipientId === world.app.botId)
          throw new DiscordError(400, 50007, 'Cannot send messages to this user')
        return ok(renderChannel(world, openDirectMessage(world, recipientId)))
      },
    },
    {
      method: 'GET',
      path: '/users/:user_id',
      operation: 'get_user',
      auth: 'bot',
      handle: (request) => ok(world.user(param(request, 'user_id'))),
    },
    {
      method: 'GET',
      path: '/applications/@me',
      operation: 'get_my_application',
      auth: 'bot',
      handle: () => ok(renderApplication(context)),
    },
    {
      method: 'PATCH',
      path: '/applications/@me',
      operation: 'update_my_application',
      auth: 'bot',
      handle: updateApplication,
    },
    {
      method: 'GET',
      path: '/applications/:application_id',
      operation: 'get_application',
      auth: 'bot',
      handle: (request) => {
        if (param(request, 'application_id') !== world.app.id) throw unknownResource('application')
        return ok(renderApplication(context))
      },
    },
    {
      method: 'GET',
      path: '/voice/regions',
      operation: 'list_voice_regions',
      auth: 'bot',
      handle: () => ok([]),
    },
  ]
}

import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { renderGuild } from '../resources/guild-payload.ts'
import { addBot } from '../resources/guilds.ts'
import { guildPermissions } from '../resources/permissions.ts'
import { PermissionFlagsBits } from 'discord-api-types/v10'
import type { RestContext } from './rest-context.ts'
import { renderAuthorizePage, renderErrorPage } from '../oauth/authorize-page.ts'

const requestSchema = z.object({
  client_id: z.string().default(''),
  redirect_uri: z.string().default(''),
  response_type: z.string().default('code'),
  scope: z.string().default(''),
  state: z.string().optional(),
  code_challenge: z.string().optional(),
  code_challenge_method: z.string().optional(),
  prompt: z.string().optional(),
  permissions: z.string().regex(/^\d*$/).optional(),
  guild_id: z.string().optional(),
  /** Skips the page: a user's id or name. `login_hint` does the same. */
  sim_user: z.string().optional(),
  login_hint: z.string().optional(),
  decision: z.enum(['allow', 'deny']).optional(),
})
type AuthorizeRequest = z.output<typeof requestSchema>

/** Who is signed in to the simulated Discord in every browser, for tests that never see the page. */
export interface AutoApproval {
  userId: string | null
}

const shownUsers = 40

/** The consent page and its answer: `/oauth2/authorize`, also below /api. */
export function registerAuthorizeRoutes(
  app: FastifyInstance,
  context: RestContext,
  approval: AutoApproval,
): void {
  const { world, grants } = context

  function findUser(text: string | undefined): string | null {
    if (text === undefined || text === '') return null
    if (world.users.has(text)) return text
    return [...world.users.values()].find((user) => user.username === text)?.id ?? null
  }

  /** What is wrong with the request itself; such a request is never redirected. */
  function refusal(query: AuthorizeRequest): string | null {
    if (query.client_id !== world.app.id) return `Unknown application "${query.client_id}".`
    const onlyBot = query.scope
      .split(' ')
      .every((scope) => scope === 'bot' || scope === 'applications.commands')
    if (query.redirect_uri === '' && onlyBot) return null
    if (world.app.redirectUris.length > 0 && !world.app.redirectUris.includes(query.redirect_uri)) {
      return `Redirect "${query.redirect_uri}" is not registered for this application.`
    }
    return URL.canParse(query.redirect_uri) ? null : `Redirect "${query.redirect_uri}" is not a URL.`
  }

  function redirect(
    reply: FastifyReply,
    query: AuthorizeRequest,
    answer: Record<string, string>,
  ): FastifyReply {
    const target = new URL(query.redirect_uri)
    for (const [name, value] of Object.entries(answer)) target.searchParams.set(name, value)
    if (query.state !== undefined) target.searchParams.set('state', query.state)
    return reply.redirect(target.href, 302)
  }

  function allow(reply: FastifyReply, query: AuthorizeRequest, userId: string): FastifyReply {
    const scopes = query.scope.split(' ').filter(Boolean)
    if (scopes.includes('bot')) {
      const guild = world.guilds.get(query.guild_id ?? '')
      if (guild && mayAdd(guild.id, userId)) addBot(world, guild, query.permissions || '0', { userId })
      else if (query.redirect_uri === '')
        return page(reply, 403, renderErrorPage('You cannot add a bot to this server.'))
    }
    if (scopes.includes('applications.commands') && !scopes.includes('bot'))
      world.app.userInstalls.add(userId)
    tellOfAuthorization(query, userId, scopes)
    if (query.redirect_uri === '') return page(reply, 200, renderErrorPage('Done: you can close this page.'))
    const code = grants.issueCode({
      userId,
      scopes,
      redirectUri: query.redirect_uri,
      challenge: query.code_challenge ?? null,
    })
    return redirect(reply, query, {
      code,
      ...(scopes.includes('bot') && query.guild_id !== undefined
        ? { guild_id: query.guild_id, permissions: query.permissions ?? '0' }
        : {}),
    })
  }

  /** https://docs.discord.com/developers/events/webhook-events#application-authorized */
  function tellOfAuthorization(query: AuthorizeRequest, userId: string, scopes: string[]): void {
    const guild = scopes.includes('bot') ? world.guilds.get(query.guild_id ?? '') : undefined
    const isUserInstall = guild === undefined && scopes.includes('applications.commands')
    context.webhookEvents.send('APPLICATION_AUTHORIZED', {
      user: world.user(userId),
      scopes,
      ...(guild ? { integration_type: 0, guild: renderGuild(world, guild) } : {}),
      ...(isUserInstall ? { integration_type: 1 } : {}),
    })
  }

  function mayAdd(guildId: string, userId: string): boolean {
    const guild = world.guilds.get(guildId)
    const member = guild?.members.get(userId)
    return (
      guild !== undefined &&
      member !== undefined &&
      (guildPermissions(guild, member) & PermissionFlagsBits.ManageGuild) !== 0n
    )
  }

  function page(reply: FastifyReply, status: number, html: string): FastifyReply {
    return reply.code(status).type('text/html; charset=utf-8').send(html)
  }

  /** People worth choosing first: owners and those in many guilds. */
  function candidates() {
    const counts = new Map<string, { guilds: number; owns: number }>()
    for (const guild of world.guilds.values()) {
      for (const userId of guild.members.keys()) {
        const entry = counts.get(userId) ?? { guilds: 0, owns: 0 }
        entry.guilds += 1
        if (guild.ownerId === userId) entry.owns += 1
        counts.set(userId, entry)
      }
    }
    const weight = (id: string) =>
      (id === world.app.ownerId ? 1e6 : 0) +
      (counts.get(id)?.owns ?? 0) * 1_000 +
      (counts.get(id)?.guilds ?? 0)
    return [...world.users.values()]
      .filter((user) => !user.bot)
      .toSorted((left, right) => weight(right.id) - weight(left.id))
      .slice(0, shownUsers)
      .map((user) => {
        const entry = counts.get(user.id) ?? { guilds: 0, owns: 0 }
        return { user, note: `in ${entry.guilds} servers${entry.owns > 0 ? `, owns ${entry.owns}` : ''}` }
      })
  }

  function start(query: AuthorizeRequest, reply: FastifyReply): FastifyReply {
    const problem = refusal(query)
    if (problem !== null) return page(reply, 400, renderErrorPage(problem))
    if (query.response_type !== 'code') return redirect(reply, query, { error: 'unsupported_response_type' })
    if (query.code_challenge !== undefined && query.code_challenge_method !== 'S256') {
      return redirect(reply, query, {
        error: 'invalid_request',
        error_description: 'code_challenge_method must be S256',
      })
    }
    const userId = findUser(query.sim_user) ?? findUser(query.login_hint) ?? approval.userId
    if (userId !== null) return allow(reply, query, userId)
    const { decision: _decision, sim_user: _user, ...fields } = query
    const wantsGuild = query.scope.split(' ').includes('bot') && query.guild_id === undefined
    const html = renderAuthorizePage({
      appName: world.app.name,
      scopes: query.scope.split(' ').filter(Boolean),
      users: candidates(),
      guilds: wantsGuild
        ? [...world.guilds.values()].filter((guild) => !world.botIsIn(guild)).slice(0, 100)
        : [],
      fields: Object.fromEntries(
        Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      ),
    })
    return page(reply, 200, html)
  }

  function decide(query: AuthorizeRequest, reply: FastifyReply): FastifyReply {
    const problem = refusal(query)
    if (problem !== null) return page(reply, 400, renderErrorPage(problem))
    const userId = findUser(query.sim_user)
    if (query.decision !== 'allow' || userId === null) {
      return redirect(reply, query, {
        error: 'access_denied',
        error_description: 'The resource owner or authorization server denied the request',
      })
    }
    return allow(reply, query, userId)
  }

  for (const prefix of ['', '/api', '/api/v10', '/api/v9']) {
    app.get(`${prefix}/oauth2/authorize`, (request, reply) =>
      start(requestSchema.parse(request.query), reply),
    )
    app.post(`${prefix}/oauth2/authorize`, (request, reply) => {
      const text = Buffer.isBuffer(request.body) ? request.body.toString('utf8') : ''
      return decide(requestSchema.parse(Object.fromEntries(new URLSearchParams(text))), reply)
    })
  }
}

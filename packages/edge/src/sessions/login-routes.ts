import { MeshError } from '@guildmesh/contracts'
import type { Clock, Logger } from '@guildmesh/runtime'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import { type DiscordOAuth, LoginRefused } from './discord-oauth.ts'
import { loginAttemptMs, openLoginAttempt, sealLoginAttempt } from './login-attempt.ts'
import { loginProblemPage } from './login-problem-page.ts'
import { returnPathOf } from './return-path.ts'
import type { Sealer } from './sealing.ts'
import type { SessionCache } from './session-cache.ts'
import type { SessionCookies } from './session-cookies.ts'

export interface LoginRouteOptions {
  readonly oauth: DiscordOAuth
  readonly sessions: SessionCache
  readonly attempts: Sealer
  readonly tokens: Sealer
  readonly cookies: SessionCookies
  readonly publicUrl: URL
  readonly logger: Logger
  readonly clock: Clock
}

/** `GET /auth/login?to=/path` and `GET /auth/callback`: signing in with Discord. */
export async function loginRoutes(fastify: FastifyInstance, options: LoginRouteOptions): Promise<void> {
  /** The state of finished logins. A cookie can be copied, so clearing it does not prevent a second use. */
  const used = new LRUCache<string, true>({ max: 50_000, ttl: loginAttemptMs })
  fastify.get<{ Querystring: { to?: unknown; here?: unknown } }>('/auth/login', (request, reply) =>
    beginLogin(options, request, reply),
  )
  fastify.get('/auth/callback', (request, reply) => finishLogin(options, used, request, reply))
}

async function beginLogin(
  { oauth, attempts, cookies, publicUrl, clock }: LoginRouteOptions,
  request: FastifyRequest<{ Querystring: { to?: unknown; here?: unknown } }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const returnPath = returnPathOf(request.query.to)
  // Discord returns browsers to PUBLIC_URL, and cookies belong to one host (localhost is not 127.0.0.1), so the
  // login begins there too. Once only: a reverse proxy may hide the host that the browser asked for.
  if (request.host !== publicUrl.host && request.query.here === undefined) {
    const there = new URL('/auth/login', publicUrl)
    there.search = new URLSearchParams({ to: returnPath, here: '1' }).toString()
    return reply.header('cache-control', 'no-store').redirect(there.href, 302)
  }
  const { attempt, location } = await oauth.begin(returnPath)
  return reply
    .setCookie(cookies.login, sealLoginAttempt(attempt, attempts, clock.now()), {
      ...cookies.options,
      maxAge: loginAttemptMs / 1000,
    })
    .header('cache-control', 'no-store')
    .redirect(location, 302)
}

async function finishLogin(
  options: LoginRouteOptions,
  used: LRUCache<string, true>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { oauth, sessions, attempts, tokens, cookies, logger, clock } = options
  reply.header('cache-control', 'no-store').clearCookie(cookies.login, cookies.options)
  const attempt = openLoginAttempt(request.cookies[cookies.login], attempts, clock.now())
  if (!attempt || used.has(attempt.state)) return problem(reply, 'state')
  used.set(attempt.state, true)
  try {
    const query = new URL(request.url, 'http://edge.invalid').searchParams
    const granted = await oauth.finish(attempt, query, clock.now())
    const user = await oauth.user(granted.accessToken)
    const { token, session } = await sessions.create(user, tokens.seal(JSON.stringify(granted)))
    await endPreviousSession(options, request.cookies[cookies.session])
    logger.info({ event: 'login', userId: user.userId, sessionId: session.sessionId }, 'user signed in')
    return await reply
      .setCookie(cookies.session, token, {
        ...cookies.options,
        maxAge: Math.floor((session.expiresAt - clock.now()) / 1000),
      })
      .redirect(attempt.returnPath, 302)
  } catch (error) {
    if (error instanceof LoginRefused) {
      // The cause's fields may hold the code; its message does not.
      const cause = error.cause instanceof Error ? error.cause.message : String(error.cause)
      logger.warn({ event: 'login-refused', reason: error.reason, cause }, 'refused a login')
      return problem(reply, error.reason)
    }
    if (error instanceof MeshError) {
      logger.error({ event: 'login-failed', err: error }, 'could not store a session')
      return problem(reply, 'unavailable')
    }
    throw error
  }
}

/** The browser's session before this login ends with it, so that at most one token of a browser is valid. */
async function endPreviousSession(
  { sessions, logger }: LoginRouteOptions,
  token: string | undefined,
): Promise<void> {
  try {
    const previous = token === undefined ? null : await sessions.find(token)
    if (previous) await sessions.revoke(previous.sessionId)
  } catch (error) {
    logger.warn(
      { event: 'session-not-revoked', err: error },
      'could not revoke the earlier session: it stays valid until it ends',
    )
  }
}

function problem(reply: FastifyReply, reason: 'denied' | 'state' | 'discord' | 'unavailable') {
  const status = { denied: 403, state: 400, discord: 502, unavailable: 503 }[reason]
  return reply.status(status).type('text/html; charset=utf-8').send(loginProblemPage(reason))
}

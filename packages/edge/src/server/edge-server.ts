import fastifyCookie from '@fastify/cookie'
import fastifyHelmet from '@fastify/helmet'
import fastifyRateLimit from '@fastify/rate-limit'
import { type PortalPort, portalRouter } from '@guildmesh/contracts'
import { listenError, type Logger, type Metrics, mountBrowserRpc } from '@guildmesh/runtime'
import Fastify, { type FastifyInstance } from 'fastify'
import { webhookRoutes, type WebhookRouteOptions } from '../interactions/webhook-routes.ts'
import { loginRoutes, type LoginRouteOptions } from '../sessions/login-routes.ts'
import type { SessionCookies } from '../sessions/session-cookies.ts'
import type { CallerIdentification } from './caller-identification.ts'
import { failureOfHttpError, sendFailure } from './failure-answers.ts'
import { pageHeaders } from './page-headers.ts'
import { portalFiles } from './portal-files.ts'
import { limitRequests } from './request-limits.ts'
import { RunningRequests } from './running-requests.ts'

export interface EdgeServerOptions {
  readonly host: string
  /** 0: the system chooses. */
  readonly port: number
  readonly publicUrl: URL
  readonly portalDir: string
  readonly trustProxy: boolean | number | string
  readonly requestsPerMinute: number
  readonly portal: PortalPort
  readonly callers: CallerIdentification
  readonly login: LoginRouteOptions
  readonly webhook: WebhookRouteOptions
  /** Why this edge cannot serve now; `null` if it can. */
  readonly whyNotReady: () => string | null
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Largest request body outside the interactions endpoint; the portal's inputs are far smaller. */
const bodyLimitBytes = 512 * 1024
/** A sender that is slower than this is cut off, so that slow senders cannot use up connections. Milliseconds. */
const senderLimits = { headersMs: 10_000, requestMs: 20_000, checkEveryMs: 1000 }

const rpcPrefix = '/api/trpc'

export interface EdgeServer extends AsyncDisposable {
  readonly port: number
  /** Takes no new connection, and resolves when the requests under way have been answered. */
  drain(): Promise<void>
}

/**
 * Starts the edge's HTTP server: interactions, login, portal API, portal files, health check.
 * @throws PortInUseError
 */
export async function startEdgeServer(options: EdgeServerOptions): Promise<EdgeServer> {
  const { callers, logger, metrics } = options
  const fastify: FastifyInstance = Fastify({
    bodyLimit: bodyLimitBytes,
    trustProxy: trustProxyOf(options.trustProxy),
    requestTimeout: senderLimits.requestMs,
    http: { headersTimeout: senderLimits.headersMs, connectionsCheckingInterval: senderLimits.checkEveryMs },
    return503OnClosing: false,
    routerOptions: { maxParamLength: 5000 },
    // A long-lived subscription must not keep a closing server open.
    forceCloseConnections: true,
  })
  fastify.setErrorHandler<Error>((error, _request, reply) => {
    const failure = failureOfHttpError(error, bodyLimitBytes, logger)
    // What is left of a body that was refused is not worth reading.
    if (failure.kind === 'PayloadTooLarge') reply.header('connection', 'close')
    return sendFailure(reply, failure)
  })

  const running = new RunningRequests(fastify)

  // Siblings: the RPC plugin replaces body parsers in its scope, and signatures need the raw bytes in theirs.
  await fastify.register(webhookRoutes, options.webhook)
  fastify.get('/healthcheck', async (_request, reply) => {
    const reason = options.whyNotReady()
    return reply
      .header('cache-control', 'no-store')
      .status(reason === null ? 200 : 503)
      .send({ status: reason === null ? 'ok' : 'not ready', reason })
  })
  await fastify.register(async (people) => {
    await people.register(fastifyCookie)
    await people.register(fastifyHelmet, pageHeaders(options.publicUrl))
    await people.register(fastifyRateLimit, { global: false })
    limitRequests(people, {
      perMinute: options.requestsPerMinute,
      sessionCookie: options.login.cookies.session,
    })
    await people.register(loginRoutes, options.login)
    forgetCookieAfterLogout(people, options.login.cookies)
    await mountBrowserRpc(people, {
      prefix: rpcPrefix,
      router: portalRouter,
      implementation: options.portal,
      identify: (request) => callers.identify(request),
      logger,
      metrics,
    })
    await portalFiles(people, { directory: options.portalDir, logger })
  })
  const port = await listen(fastify, options)
  return {
    port,
    async drain() {
      fastify.server.close()
      fastify.server.closeIdleConnections()
      await running.drained()
    },
    [Symbol.asyncDispose]: () => fastify.close(),
  }
}

/** The session is over by then; the browser need not go on sending its token. Procedures know nothing of cookies. */
function forgetCookieAfterLogout(people: FastifyInstance, cookies: SessionCookies): void {
  people.addHook('onSend', async (request, reply, payload) => {
    const [path] = request.url.split('?', 1)
    // tRPC hands over a web Response, whose status Fastify takes after this.
    const done = payload instanceof Response && payload.ok
    if (path !== `${rpcPrefix}/session.logout` || !done) return
    reply.clearCookie(cookies.session, cookies.options)
  })
}

async function listen(
  fastify: FastifyInstance,
  { host, port }: Pick<EdgeServerOptions, 'host' | 'port'>,
): Promise<number> {
  try {
    await fastify.listen({ host, port })
  } catch (error) {
    await fastify.close()
    throw listenError(error, { host, port, variable: 'PORT' })
  }
  const address = fastify.server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  return address.port
}

/** A number means: trust so many hops before this edge. */
function trustProxyOf(setting: boolean | number | string) {
  return typeof setting === 'number' ? (_address: string, hop: number) => hop < setting : setting
}

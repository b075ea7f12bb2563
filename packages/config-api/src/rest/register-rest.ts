import {
  type AuthenticatorPort,
  type Caller,
  type CallObserver,
  type ConfigPort,
  createConfigCaller,
  errorIdOf,
  MeshError,
} from '@guildmesh/contracts'
import type { Logger } from '@guildmesh/runtime'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { backgroundLimits } from '../database/database.ts'
import type { OperatorTokenStore } from '../identity/operator-token-store.ts'
import { identifyBearer } from './bearer.ts'
import { describeOpenApi } from './openapi.ts'
import { renderError } from './rest-error.ts'
import { restRoutes } from './rest-routes.ts'

/** No REST request is larger than a few identifiers. */
const bodyLimitBytes = 16 * 1024
const identifyBudgetMs = 1500

export interface RestParts {
  readonly port: ConfigPort
  readonly operators: OperatorTokenStore
  readonly authenticator: AuthenticatorPort
  readonly logger: Logger
  readonly observe?: CallObserver
}

/** Adds the REST routes and their OpenAPI document to a server. */
export async function registerRest(fastify: FastifyInstance, parts: RestParts): Promise<void> {
  await fastify.register(async (scope) => {
    const callers = new WeakMap<FastifyRequest, Caller>()
    scope.setErrorHandler((error, request, reply) => {
      const { status, body, failure, trpcError } = renderError(error, bodyLimitBytes)
      if (failure.kind === 'Internal') {
        const { method, routeOptions } = request
        const errorId = errorIdOf(trpcError)
        parts.logger.error(
          { event: 'rest-request-failed', errorId, method, url: routeOptions.url, err: error },
          'a REST request failed unexpectedly',
        )
      }
      if ('retryAfterMs' in failure) reply.header('retry-after', Math.ceil(failure.retryAfterMs / 1000))
      if (failure.kind === 'Unauthenticated') reply.header('www-authenticate', 'Bearer')
      return reply.code(status).send(body)
    })
    scope.setNotFoundHandler(({ method, url }, reply) => {
      const id = `${method} ${url.split('?', 1)[0]?.slice(0, 200)}`
      const { status, body } = renderError(
        new MeshError({ kind: 'NotFound', what: 'route', id }),
        bodyLimitBytes,
      )
      return reply.code(status).send(body)
    })
    scope.get('/openapi.json', () => describeOpenApi(restRoutes, '1'))
    for (const route of restRoutes) {
      scope.route({
        method: route.method,
        url: route.url,
        bodyLimit: bodyLimitBytes,
        // Before the body is read: nobody unknown makes us read one.
        onRequest: async (request) => {
          if (route.open) return
          const limits = backgroundLimits(new AbortController().signal, identifyBudgetMs)
          callers.set(request, await identifyBearer(request.headers.authorization, parts, limits))
        },
        handler: async (request, reply) => {
          const caller = callers.get(request) ?? { kind: 'anonymous' }
          const traceparent = singleHeader(request, 'traceparent')
          const procedures = createConfigCaller({
            port: parts.port,
            observe: parts.observe,
            transport: { kind: 'http', caller, traceparent },
          })
          const { body, headers } = await route.handle(procedures, {
            path: request.params,
            query: request.query,
            body: request.body,
          })
          return reply
            .code(route.status)
            .headers({ 'cache-control': 'no-store', ...headers })
            .send(body)
        },
      })
    }
  })
}

function singleHeader(request: FastifyRequest, name: string): string | null {
  const value = request.headers[name]
  return typeof value === 'string' ? value : null
}

import { MeshError } from '@guildmesh/contracts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { hashToken } from '../sessions/opaque-token.ts'

export interface RequestLimitOptions {
  readonly perMinute: number
  readonly sessionCookie: string
}

/** Many people may share an address; an address that invents a new token for each request is still one address. */
const peopleBehindAddress = 5
/** A login costs calls to Discord and rows in the database. */
const loginShare = 1 / 5

/**
 * Limits requests in this scope, on this edge: by address, and for who presents a session or bearer token by that
 * too. Needs `@fastify/rate-limit` in the scope.
 */
export function limitRequests(fastify: FastifyInstance, options: RequestLimitOptions): void {
  const timeWindow = 60_000
  const byAddress = fastify.createRateLimit({
    max: options.perMinute * peopleBehindAddress,
    timeWindow,
    keyGenerator: (request) => `address ${request.ip}`,
  })
  const byPerson = fastify.createRateLimit({
    max: options.perMinute,
    timeWindow,
    keyGenerator: (request) => `person ${personOf(request, options.sessionCookie)}`,
  })
  const byLogin = fastify.createRateLimit({
    max: Math.max(2, Math.ceil(options.perMinute * loginShare)),
    timeWindow,
    keyGenerator: (request) => `login ${request.ip}`,
  })
  fastify.addHook('onRequest', async (request) => {
    refuseExcess(await byAddress(request))
    refuseExcess(await byPerson(request))
    if (request.url.startsWith('/auth/')) refuseExcess(await byLogin(request))
  })
}

function refuseExcess(limit: Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>): void {
  if (limit.isAllowed || !limit.isExceeded) return
  throw new MeshError({ kind: 'RateLimited', retryAfterMs: limit.ttl })
}

function personOf(request: FastifyRequest, sessionCookie: string): string {
  const token = request.headers.authorization ?? request.cookies[sessionCookie]
  return token === undefined ? request.ip : hashToken(token)
}

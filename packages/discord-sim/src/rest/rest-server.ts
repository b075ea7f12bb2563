import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { RestContext } from './rest-context.ts'
import { DiscordError, invalidField, unauthorized } from '../discord-error.ts'
import { readBody } from './request-body.ts'
import { RateLimited } from './rate-limited.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { faultAnswer } from './fault-answer.ts'
import type { RestFault, RestFaults } from './rest-faults.ts'
import { isSnowflake } from '../snowflake.ts'
import type { RestCaller, RestReply, Route } from './route.ts'
import type { RestJournal } from './rest-journal.ts'

const prefixes = ['/api/v10', '/api/v9', '/api']

interface RestServerParts {
  context: RestContext
  limiter: RateLimiter
  faults: RestFaults
  journal: RestJournal
}

/** Discord's REST API below its three prefixes: faults, authentication, rate limits, then the route. */
export class RestServer {
  readonly #parts: RestServerParts

  constructor(parts: RestServerParts) {
    this.#parts = parts
  }

  register(app: FastifyInstance, routes: readonly Route[]): void {
    for (const prefix of prefixes) {
      for (const route of routes) {
        app.route({
          method: route.method,
          url: `${prefix}${route.path}`,
          handler: (request, reply) => this.#serve(route, request, reply),
        })
      }
    }
  }

  /** Answers what no route takes: 405 where only the method is wrong, else 404; both are journalled. */
  notFound(request: FastifyRequest, reply: FastifyReply, otherMethods: boolean): FastifyReply {
    const what = `${request.method} ${request.url.split('?')[0]}`
    this.#parts.journal.violation(`unknown route: ${what}`)
    const error = otherMethods
      ? new DiscordError(405, 0, '405: Method Not Allowed')
      : new DiscordError(404, 0, '404: Not Found')
    return reply.code(error.status).send(error.body())
  }

  async #serve(route: Route, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { limiter, faults, journal } = this.#parts
    const path = route.path.replaceAll(/:(\w+)/g, (_, name: string) => paramsOf(request)[name] ?? '')
    const blocked = limiter.blocked()
    if (blocked) return this.#send(reply, blocked, {})
    const fault = faults.draw(request.method, path)
    if (fault?.latencyMs) await this.#wait(fault.latencyMs)
    if (fault) faults.note(fault)
    if (fault?.cut === 'before') return cutConnection(reply)
    if (fault?.status !== undefined && !fault.afterEffect) {
      const played = faultAnswer(fault, limiter)
      this.#countInvalid(played)
      return this.#send(reply, played, this.#headersBeside(played, route, request, fault))
    }
    const startedAt = this.#parts.context.world.clock.now()
    let headers: Record<string, string> = {}
    let answer: RestReply
    try {
      const caller = this.#authenticate(route, request)
      const verdict = limiter.take(
        callerKey(caller),
        route.operation,
        majorOf(route, request),
        route.rate,
        route.globalExempt,
      )
      headers = route.silentRate ? {} : verdict.headers
      answer = verdict.refused ?? (await this.#run(route, request, caller))
    } catch (error) {
      answer = this.#failure(error, `${request.method} ${path}`)
    }
    if (fault?.status !== undefined) {
      answer = faultAnswer(fault, limiter)
      if ((fault.body ?? 'json') !== 'json') headers = {}
    }
    this.#countInvalid(answer)
    journal.request({
      operation: route.operation,
      method: request.method,
      path,
      status: answer.status,
      at: startedAt,
    })
    if (fault?.cut === 'after') return cutConnection(reply)
    return this.#send(reply, answer, headers)
  }

  async #run(route: Route, request: FastifyRequest, caller: RestCaller): Promise<RestReply> {
    const params = paramsOf(request)
    for (const [name, value] of Object.entries(params)) {
      if (name.endsWith('_id') && !isSnowflake(value)) {
        throw new DiscordError(400, 50035, 'Invalid Form Body', {
          [name]: {
            _errors: [{ code: 'NUMBER_TYPE_COERCE', message: `Value "${value}" is not snowflake.` }],
          },
        })
      }
    }
    const { body, files } = await readBody(
      Buffer.isBuffer(request.body) ? request.body : null,
      request.headers['content-type'] ?? '',
    )
    this.#countWrite(route, params)
    const reason = request.headers['x-audit-log-reason']
    return route.handle({
      params,
      query: request.query as Record<string, string>,
      body,
      files,
      reason: typeof reason === 'string' ? decodeReason(reason) : null,
      caller,
      headers: request.headers,
    })
  }

  /** Writes to one channel, and to one guild, are limited together, whatever their routes. */
  #countWrite(route: Route, params: Record<string, string>): void {
    if (route.method === 'GET' || route.operation === 'trigger_typing_indicator') return
    const { limits, world } = this.#parts.context
    const { channel_id: channelId } = params
    if (channelId !== undefined) limits.take('channelWrites', channelId)
    const guildId = params.guild_id ?? world.channels.get(channelId ?? '')?.guildId
    if (guildId) limits.take('guildWrites', guildId)
  }

  #authenticate(route: Route, request: FastifyRequest): RestCaller {
    if (route.auth === 'none') return { kind: 'none' }
    const [scheme, token] = (request.headers.authorization ?? '').split(' ')
    const { world, grants } = this.#parts.context
    if (route.auth !== 'bearer' && scheme === 'Bot' && token === world.app.token) return { kind: 'bot' }
    if (route.auth !== 'bot' && scheme === 'Bearer' && token !== undefined) {
      const grant = grants.find(token)
      if (grant) return { kind: 'bearer', grant }
    }
    throw unauthorized()
  }

  #failure(error: unknown, what: string): RestReply {
    if (error instanceof RateLimited) return this.#parts.limiter.refuse(error)
    if (error instanceof DiscordError) return { status: error.status, body: error.body() }
    this.#parts.journal.violation(`${what} failed inside the simulator: ${String(error)}`)
    return { status: 500, body: { message: '500: Internal Server Error', code: 0 } }
  }

  /** A 429 that is Discord's own has the headers of the bucket, unless the whole bot is limited. */
  #headersBeside(
    played: RestReply,
    route: Route,
    request: FastifyRequest,
    fault: RestFault,
  ): Record<string, string> {
    const isDiscords = (fault.body ?? 'json') === 'json' && !fault.bare
    if (played.status !== 429 || !isDiscords || fault.scope === 'global' || route.silentRate) return {}
    return this.#parts.limiter.headersOf('bot', route.operation, majorOf(route, request), route.rate)
  }

  /** Source: https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans */
  #countInvalid(answer: RestReply): void {
    const isShared = answer.headers?.['x-ratelimit-scope'] === 'shared'
    if (answer.status === 401 || answer.status === 403 || (answer.status === 429 && !isShared))
      this.#parts.limiter.countInvalid()
  }

  #send(reply: FastifyReply, answer: RestReply, headers: Record<string, string>): FastifyReply {
    const date = new Date(this.#parts.context.world.now()).toUTCString()
    void reply.code(answer.status).headers({ date, ...headers, ...answer.headers })
    if (answer.body === undefined) return reply.send()
    if (typeof answer.body === 'string')
      return reply.type(answer.headers?.['content-type'] ?? 'text/plain').send(answer.body)
    // As bytes, or the framework adds a charset that Discord does not send and strict clients stumble over.
    return reply.header('content-type', 'application/json').send(Buffer.from(JSON.stringify(answer.body)))
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.context.world.clock.after(ms, resolve)
    })
  }
}

function paramsOf(request: FastifyRequest): Record<string, string> {
  return request.params as Record<string, string>
}

/** Whose limits a request counts against: the bot, a person, or the address of who does not say. */
function callerKey(caller: RestCaller): string {
  return caller.kind === 'bearer' ? caller.grant.userId : caller.kind
}

/** Buckets are counted per channel, guild, or webhook with its token. */
function majorOf(route: Route, request: FastifyRequest): string {
  const params = paramsOf(request)
  if (params.webhook_id !== undefined) return `${params.webhook_id}/${params.webhook_token ?? ''}`
  if (params.interaction_id !== undefined) return params.interaction_id
  if (route.path.startsWith('/channels/:channel_id')) return params.channel_id ?? ''
  return params.guild_id ?? ''
}

/** Characters of a reason: https://docs.discord.com/developers/resources/audit-log#audit-log-entry-object */
const mostOfReason = 512

/** Throws 50035 for a reason that is too long. */
function decodeReason(header: string): string {
  let reason = header
  try {
    reason = decodeURIComponent(header)
  } catch {
    // What is no URL encoding is taken as it is.
  }
  if (reason.length <= mostOfReason) return reason
  throw invalidField('reason', 'BASE_TYPE_BAD_LENGTH', `Must be between 0 and ${mostOfReason} in length.`)
}

function cutConnection(reply: FastifyReply): FastifyReply {
  reply.hijack()
  reply.raw.socket?.destroy()
  return reply
}

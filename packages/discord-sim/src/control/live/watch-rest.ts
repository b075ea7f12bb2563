import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Timeline } from './timeline.ts'

const shownBodyChars = 2_000

/**
 * Writes every request below `/api` into the timeline: those that a fault answered or cut as well, which the journal
 * of a run leaves out.
 */
export function watchRest(app: FastifyInstance, timeline: Timeline, now: () => number): void {
  const errors = new WeakMap<FastifyReply, string>()
  app.addHook('onRequest', async (request, reply) => {
    const { pathname } = new URL(request.url, 'http://sim')
    if (!pathname.startsWith('/api/')) return
    const startedAt = now()
    reply.raw.once('close', () => {
      const params = paramsOf(request)
      timeline.add(
        {
          kind: 'rest',
          method: request.method,
          path: shownPath(pathname, params),
          channelId: params['channel_id'] ?? null,
          guildId: params['guild_id'] ?? null,
          status: reply.raw.writableFinished ? reply.raw.statusCode : null,
          durationMs: now() - startedAt,
          error: errors.get(reply) ?? null,
          body: shownBody(request),
        },
        startedAt,
      )
    })
  })
  app.addHook('onSend', async (_request, reply, payload) => {
    if (reply.statusCode >= 400) errors.set(reply, describeError(payload))
  })
}

/** The path without its version, and without tokens: they are long, and nobody reads them. */
function shownPath(pathname: string, params: Readonly<Record<string, string>>): string {
  let path = pathname.replace(/^\/api(\/v\d+)?/, '')
  for (const [name, value] of Object.entries(params)) {
    if (name.endsWith('token') && value !== '') path = path.replace(value, '…')
  }
  return path
}

function paramsOf(request: FastifyRequest): Record<string, string> {
  const params: unknown = request.params
  return typeof params === 'object' && params !== null ? (params as Record<string, string>) : {}
}

function shownBody(request: FastifyRequest): string | null {
  const { body } = request
  if (!Buffer.isBuffer(body) || body.length === 0) return null
  const type = request.headers['content-type'] ?? ''
  if (type.startsWith('multipart/')) return `${type.split(';')[0]}, ${body.length} bytes`
  if (type.startsWith('application/x-www-form-urlencoded')) return null
  const text = body.subarray(0, shownBodyChars).toString('utf8')
  return body.length > shownBodyChars ? `${text}…` : text
}

function describeError(payload: unknown): string {
  const text = Buffer.isBuffer(payload)
    ? payload.toString('utf8')
    : typeof payload === 'string'
      ? payload
      : ''
  try {
    const body: unknown = JSON.parse(text)
    if (typeof body === 'object' && body !== null && 'message' in body) {
      const code = 'code' in body && typeof body.code === 'number' && body.code !== 0 ? `${body.code} ` : ''
      return `${code}${String(body.message)}`
    }
  } catch {
    // Not Discord's JSON: a fault may answer with HTML.
  }
  return text.slice(0, 200)
}

import type { FastifyInstance } from 'fastify'
import { DiscordError, SimError } from '../../discord-error.ts'
import type { World } from '../../state/world.ts'
import type { LiveUpdates, LiveViews } from './live-views.ts'

const mostMessages = 500
/** A page that reads slower than this many bytes behind is told of changes later, all at once. */
const backlogBytes = 1_000_000
/** Shows proxies and the page that the connection lives. */
const keepAliveMs = 15_000

/**
 * `GET /_sim/live?userId=…`: server-sent events with all that this person sees, and what the bot did. `guildId`
 * (`@me` for direct messages), `channelId` and `limit` (messages) say where they look.
 */
export function registerLiveRoute(app: FastifyInstance, world: World, views: LiveViews): void {
  app.get<{ Querystring: Record<string, string | undefined> }>('/_sim/live', (request, reply) => {
    const { userId, guildId, channelId, limit } = request.query
    if (userId === undefined) return reply.code(400).send({ message: 'userId is missing' })
    try {
      world.user(userId)
    } catch (error) {
      if (error instanceof DiscordError || error instanceof SimError) {
        return reply.code(404).send({ message: `there is no user ${userId}` })
      }
      throw error
    }
    reply.hijack()
    const { raw } = reply
    raw.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    const send = <N extends keyof LiveUpdates>(name: N, update: LiveUpdates[N]) => {
      raw.write(`event: ${name}\ndata: ${JSON.stringify(update)}\n\n`)
    }
    const stop = views.subscribe({
      wanted: { userId, guildId: guildId ?? null, channelId: channelId ?? null },
      messageLimit: Math.min(mostMessages, Math.max(1, Number(limit ?? 50) || 50)),
      isBehind: () => raw.writableLength > backlogBytes,
      send,
    })
    const keepAlive = setInterval(() => raw.write(': here\n\n'), keepAliveMs)
    raw.once('close', () => {
      clearInterval(keepAlive)
      stop()
    })
    return reply
  })
}

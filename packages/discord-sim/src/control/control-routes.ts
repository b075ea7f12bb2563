import type { FastifyInstance } from 'fastify'
import { DiscordError, SimError } from '../discord-error.ts'
import type { ControlOperations } from './control-operations.ts'

/**
 * Serves the control API: `POST /_sim/<verb>` with a JSON body, and `GET /_sim/<verb>` for verbs that
 * need no input. `GET /_sim` lists them. `afterEach` is called when a verb has run.
 */
export function registerControlRoutes(
  app: FastifyInstance,
  control: ControlOperations,
  afterEach: () => void,
): void {
  const verbs = control as Record<string, (input?: unknown) => Promise<unknown>>
  app.get('/_sim', () => ({ verbs: Object.keys(verbs).toSorted() }))
  app.route<{ Params: { verb: string } }>({
    method: ['GET', 'POST'],
    url: '/_sim/:verb',
    // A bot's report of a long run lists hundreds of thousands of events.
    bodyLimit: 512_000_000,
    handler: async (request, reply) => {
      const run = Object.hasOwn(verbs, request.params.verb) ? verbs[request.params.verb] : undefined
      if (!run)
        return reply.code(404).send({ message: `there is no verb "${request.params.verb}"; see GET /_sim` })
      try {
        const text =
          Buffer.isBuffer(request.body) && request.body.length > 0 ? request.body.toString('utf8') : '{}'
        return await reply.send((await run(JSON.parse(text))) ?? {})
      } catch (error) {
        if (error instanceof DiscordError) return reply.code(error.status).send(error.body())
        if (error instanceof SimError || error instanceof SyntaxError)
          return reply.code(400).send({ message: error.message })
        throw error
      } finally {
        afterEach()
      }
    },
  })
}

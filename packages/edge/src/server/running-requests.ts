import type { FastifyInstance, FastifyRequest } from 'fastify'

/**
 * Counts the requests under way, so that an ending edge lets them finish. Event streams do not count: they end when
 * their connection does, and browsers resume them elsewhere.
 */
export class RunningRequests {
  readonly #running = new Set<FastifyRequest>()
  #idle = Promise.withResolvers<void>()
  #isDraining = false

  constructor(fastify: FastifyInstance) {
    fastify.addHook('onRequest', async (request) => {
      if (request.headers.accept !== 'text/event-stream') this.#running.add(request)
    })
    fastify.addHook('onSend', async (_request, reply) => {
      if (this.#isDraining) reply.header('connection', 'close')
    })
    fastify.addHook('onResponse', async (request) => this.#ended(request))
    fastify.addHook('onRequestAbort', async (request) => this.#ended(request))
  }

  /** Resolves when no request is under way. From now on each answer ends its connection. */
  async drained(): Promise<void> {
    this.#isDraining = true
    if (this.#running.size > 0) await this.#idle.promise
  }

  #ended(request: FastifyRequest): void {
    this.#running.delete(request)
    if (this.#isDraining && this.#running.size === 0) this.#idle.resolve()
  }
}

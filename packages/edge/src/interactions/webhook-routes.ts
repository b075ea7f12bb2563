import { responseType } from '@guildmesh/contracts'
import type { IncomingMessage } from 'node:http'
import type { Clock, Logger } from '@guildmesh/runtime'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { failureOfHttpError, sendFailure } from '../server/failure-answers.ts'
import { interactionBudgetMs, startBudget } from './interaction-budget.ts'
import type { ForwardedAnswer, InteractionForwarder } from './interaction-forwarder.ts'
import type { WebhookMetrics, WebhookOutcome } from './interaction-metrics.ts'
import { readRawBody } from './raw-body.ts'
import type { VerifySignature } from './signature.ts'
import { readWebhookMessage } from './webhook-message.ts'

export interface WebhookRouteOptions {
  readonly verify: VerifySignature
  readonly forwarder: InteractionForwarder
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: WebhookMetrics
}

/** Discord's largest payloads (a message command with its message and many resolved members) stay far below. */
const webhookBodyLimitBytes = 512 * 1024

/**
 * `POST /webhooks/discord`: interactions and webhook events. Must be a plugin of its own: its bodies stay raw bytes
 * until their signature has been verified (T9). Not rate limited: Discord's own probes with bad signatures come from
 * the same addresses as its interactions.
 */
export async function webhookRoutes(fastify: FastifyInstance, options: WebhookRouteOptions): Promise<void> {
  const { verify, forwarder, clock, logger, metrics } = options
  const startedAt = new WeakMap<FastifyRequest, number>()
  const elapsedMs = (request: FastifyRequest) =>
    clock.monotonicMs() - (startedAt.get(request) ?? clock.monotonicMs())

  fastify.addHook('onRequest', async (request) => {
    startedAt.set(request, clock.monotonicMs())
  })

  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', (request: FastifyRequest, payload: IncomingMessage) =>
    readRawBody(payload, request.headers['content-length'], {
      limitBytes: webhookBodyLimitBytes,
      waitMs: interactionBudgetMs - elapsedMs(request),
    }),
  )

  fastify.setErrorHandler<Error>((error, request, reply) => {
    metrics.ended('refused', elapsedMs(request))
    // What is left of the body is not worth reading.
    reply.header('connection', 'close')
    return sendFailure(reply, failureOfHttpError(error, webhookBodyLimitBytes, logger))
  })

  fastify.post('/webhooks/discord', async (request, reply) => {
    const ended = (outcome: WebhookOutcome) => metrics.ended(outcome, elapsedMs(request))
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    const verdict = await verify(
      {
        signature: request.headers['x-signature-ed25519'],
        timestamp: request.headers['x-signature-timestamp'],
      },
      body,
    )
    if (verdict !== 'valid') {
      ended(`signature-${verdict}`)
      return sendFailure(reply, {
        kind: 'Unauthenticated',
        reason: verdict === 'mismatch' ? 'bad-signature' : verdict,
      })
    }
    const message = readWebhookMessage(body)
    switch (message.kind) {
      case 'ping':
        ended('ping')
        return { type: responseType.pong }
      case 'event-ping':
      case 'event':
        // No feature uses webhook events; taking them keeps Discord from repeating them.
        ended(message.kind)
        return reply.status(204).send()
      case 'unreadable':
        ended('unreadable')
        return sendFailure(reply, message.failure)
      case 'interaction':
    }
    using budget = startBudget(startedAt.get(request) ?? clock.monotonicMs(), clock, traceparentOf(request))
    const answer = await forwarder.answer(message.interaction, budget)
    ended(answer.outcome)
    return sendAnswer(reply, answer)
  })
}

function sendAnswer(reply: FastifyReply, { response, delivered }: ForwardedAnswer): FastifyReply {
  // A body would be a second answer.
  if (delivered) return reply.status(202).send()
  return reply.status(200).header('cache-control', 'no-store').type('application/json').send(response)
}

function traceparentOf(request: FastifyRequest): string | null {
  const { traceparent } = request.headers
  return typeof traceparent === 'string' && traceparent.length <= 128 ? traceparent : null
}

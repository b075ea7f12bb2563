import { randomUUID } from 'node:crypto'
import { describeFailure, type Failure, MeshError } from '@guildmesh/contracts'
import type { Logger } from '@guildmesh/runtime'
import { getHTTPStatusCodeFromError } from '@trpc/server/http'
import type { FastifyReply } from 'fastify'

/** The body of every refusal outside tRPC. */
export interface FailureBody {
  readonly message: string
  readonly failure: Failure
}

/** Answers with a failure: its status, a sentence for people, and the failure for programs. */
export function sendFailure(reply: FastifyReply, failure: Failure): FastifyReply {
  const body: FailureBody = { message: describeFailure(failure), failure }
  if ('retryAfterMs' in failure) reply.header('retry-after', Math.ceil(failure.retryAfterMs / 1000))
  return reply
    .status(getHTTPStatusCodeFromError(new MeshError(failure)))
    .header('cache-control', 'no-store')
    .send(body)
}

/** The failure that an error stands for. An unexpected one is logged under the id that the caller is told. */
export function failureOfHttpError(
  error: Error & { code?: string; statusCode?: number },
  bodyLimitBytes: number,
  logger: Logger,
): Failure {
  if (error instanceof MeshError) return error.failure
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return { kind: 'PayloadTooLarge', limitBytes: bodyLimitBytes }
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return { kind: 'InvalidInput', issues: [{ path: '', message: 'the request could not be read' }] }
  }
  const errorId = randomUUID()
  logger.error({ event: 'unexpected-error', errorId, err: error }, 'a request failed unexpectedly')
  return { kind: 'Internal', errorId }
}

import { type CallObserver, errorIdOf, failureOfError } from '@guildmesh/contracts'
import type { TRPCError } from '@trpc/server'
import type { Logger } from '../observability/logger.ts'
import type { Metrics } from '../observability/metrics.ts'

/** Counts and times the calls that a server answers. */
export function createCallObserver(metrics: Metrics): CallObserver {
  const duration = metrics.histogram(
    'rpc_server_duration_seconds',
    'Time from receiving a call to its answer (a subscription: to its start)',
    ['method', 'outcome'],
  )
  return ({ path }) => {
    const startedAt = performance.now()
    return (failure) =>
      duration.observe(
        { method: path, outcome: failure?.kind ?? 'ok' },
        (performance.now() - startedAt) / 1000,
      )
  }
}

/**
 * Logs what a procedure threw. Unexpected errors are logged whole, under the id that the client gets; failures that
 * are part of the contract are ordinary answers, and a caller that went away is no error.
 */
export function logRpcError(logger: Logger, error: TRPCError, path: string | undefined): void {
  const failure = failureOfError(error)
  if (error.cause?.name === 'AbortError') {
    logger.debug({ event: 'caller-gone', method: path }, 'the caller went away before the answer')
  } else if (failure.kind === 'Internal') {
    logger.error(
      { event: 'call-failed', errorId: errorIdOf(error), method: path, err: error.cause ?? error },
      'a call failed unexpectedly',
    )
  } else {
    logger.debug(
      { event: 'call-refused', method: path, failure: failure.kind },
      'answered a call with a failure',
    )
  }
}

import { TRPCError } from '@trpc/server'
import type { Failure, FailureKind, FailureOf } from './failure.ts'
import { describeFailure } from './describe-failure.ts'
import { failurePolicies } from './failure-policy.ts'

/**
 * A `Failure` as it is thrown. Pure code returns failures; only shells throw them. It is a TRPCError with the
 * code of its kind, so tRPC answers with the right status, and the formatter adds `data.failure`.
 */
export class MeshError extends TRPCError {
  readonly failure: Failure

  constructor(failure: Failure, options: { cause?: unknown } = {}) {
    super({
      code: failurePolicies[failure.kind].code,
      message: describeFailure(failure),
      cause: options.cause,
    })
    this.name = 'MeshError'
    this.failure = failure
  }
}

/** Whether an error is a MeshError of this kind. */
export function isFailure<K extends FailureKind>(
  error: unknown,
  kind: K,
): error is MeshError & { failure: FailureOf<K> } {
  return error instanceof MeshError && error.failure.kind === kind
}

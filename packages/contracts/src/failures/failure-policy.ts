import type { TRPC_ERROR_CODE_KEY } from '@trpc/server/rpc'
import type { FailureKind } from './failure.ts'

/**
 * What a caller may do about a failure:
 * - `never`: the same call will fail again;
 * - `after-wait`: the same call to the same place may succeed later (after `retryAfterMs`, if the failure has it);
 * - `after-refresh`: the caller's view of who owns what is old; refresh it, then call again;
 * - `read-back`: the call may have taken effect; find out by its idempotency key before doing anything else.
 */
export type RetryClass = 'never' | 'after-wait' | 'after-refresh' | 'read-back'

export interface FailurePolicy {
  /** The tRPC code, which also fixes the HTTP status. */
  readonly code: TRPC_ERROR_CODE_KEY
  readonly retry: RetryClass
}

/** The one table from a failure's kind to its tRPC code and its retry class. */
export const failurePolicies: Readonly<Record<FailureKind, FailurePolicy>> = {
  GuildMoved: { code: 'CONFLICT', retry: 'after-refresh' },
  GuildFenced: { code: 'SERVICE_UNAVAILABLE', retry: 'after-wait' },
  NotAssigned: { code: 'NOT_FOUND', retry: 'never' },
  NotOwner: { code: 'CONFLICT', retry: 'after-refresh' },
  NoGatewayAvailable: { code: 'SERVICE_UNAVAILABLE', retry: 'after-wait' },
  StaleEpoch: { code: 'PRECONDITION_FAILED', retry: 'after-refresh' },
  StaleIncarnation: { code: 'PRECONDITION_FAILED', retry: 'never' },
  MoveConflict: { code: 'CONFLICT', retry: 'never' },
  GuildHasData: { code: 'PRECONDITION_FAILED', retry: 'never' },
  GatewayNotActive: { code: 'PRECONDITION_FAILED', retry: 'never' },
  GatewayFull: { code: 'PRECONDITION_FAILED', retry: 'never' },
  IdentifyBudgetSpent: { code: 'TOO_MANY_REQUESTS', retry: 'after-wait' },
  SequenceGap: { code: 'PRECONDITION_FAILED', retry: 'after-refresh' },
  Forbidden: { code: 'FORBIDDEN', retry: 'never' },
  Unauthenticated: { code: 'UNAUTHORIZED', retry: 'never' },
  InvalidInput: { code: 'BAD_REQUEST', retry: 'never' },
  NotFound: { code: 'NOT_FOUND', retry: 'never' },
  PayloadTooLarge: { code: 'PAYLOAD_TOO_LARGE', retry: 'never' },
  RateLimited: { code: 'TOO_MANY_REQUESTS', retry: 'after-wait' },
  DeadlineExceeded: { code: 'TIMEOUT', retry: 'read-back' },
  Unavailable: { code: 'SERVICE_UNAVAILABLE', retry: 'after-wait' },
  OutcomeUnknown: { code: 'TIMEOUT', retry: 'read-back' },
  WireVersionUnsupported: { code: 'PRECONDITION_FAILED', retry: 'never' },
  Internal: { code: 'INTERNAL_SERVER_ERROR', retry: 'never' },
}

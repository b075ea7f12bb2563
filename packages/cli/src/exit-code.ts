import { type Failure, type FailureKind, failurePolicies, type RetryClass } from '@guildmesh/contracts'

/** Exit codes, as `docs` and scripts know them. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  refused: 4,
  auth: 5,
  /** The same command may succeed later. */
  retryable: 6,
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** Failures whose exit code does not follow from whether a retry helps. */
const codesByKind: Readonly<Partial<Record<FailureKind, ExitCode>>> = {
  NotFound: exitCodes.notFound,
  NotAssigned: exitCodes.notFound,
  Unauthenticated: exitCodes.auth,
  Forbidden: exitCodes.auth,
  InvalidInput: exitCodes.usage,
  Internal: exitCodes.failed,
}

const codesByRetry: Readonly<Record<RetryClass, ExitCode>> = {
  never: exitCodes.refused,
  'after-wait': exitCodes.retryable,
  'after-refresh': exitCodes.retryable,
  // It may have happened: a script must not simply repeat it.
  'read-back': exitCodes.failed,
}

/** The exit code that tells a script what it may do about a failure. */
export function exitCodeOf({ kind }: Failure): ExitCode {
  return codesByKind[kind] ?? codesByRetry[failurePolicies[kind].retry]
}

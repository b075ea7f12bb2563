import type { Failure, FailureKind } from '@guildmesh/contracts'

/** What a page learns of a call that failed: a typed failure, or that no edge answered at all. */
export type CallFailure = Failure | { readonly kind: 'NoAnswer' }

const knownKinds: Readonly<Record<FailureKind, true>> = {
  GuildMoved: true,
  GuildFenced: true,
  NotAssigned: true,
  NotOwner: true,
  NoGatewayAvailable: true,
  StaleEpoch: true,
  StaleIncarnation: true,
  MoveConflict: true,
  GuildHasData: true,
  GatewayNotActive: true,
  GatewayFull: true,
  IdentifyBudgetSpent: true,
  SequenceGap: true,
  Forbidden: true,
  Unauthenticated: true,
  InvalidInput: true,
  NotFound: true,
  PayloadTooLarge: true,
  RateLimited: true,
  DeadlineExceeded: true,
  Unavailable: true,
  OutcomeUnknown: true,
  WireVersionUnsupported: true,
  Internal: true,
}

/**
 * The failure inside an error of the tRPC client. An error without one (no network, or an answer that is not
 * tRPC's, such as a proxy's error page) is `NoAnswer`.
 */
export function failureOf(error: unknown): CallFailure {
  const data = field(error, 'data')
  const failure = field(data, 'failure')
  return isFailure(failure) ? failure : { kind: 'NoAnswer' }
}

/** The edge serves this page and answers its calls, so a known kind has the fields that its type states. */
function isFailure(value: unknown): value is Failure {
  const kind = field(value, 'kind')
  return typeof kind === 'string' && Object.hasOwn(knownKinds, kind)
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? Reflect.get(value, name) : undefined
}

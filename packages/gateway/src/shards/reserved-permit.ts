import { type FailureKind, MeshError } from '@guildmesh/contracts'

/** Failures that say nothing of whether there is leave: nobody answered. */
const unanswered: ReadonlySet<FailureKind> = new Set(['Unavailable', 'DeadlineExceeded', 'OutcomeUnknown'])

export function isUnanswered(error: unknown): boolean {
  return error instanceof MeshError && unanswered.has(error.failure.kind)
}

/** The config API counts as away after this, milliseconds: a short interruption is waited for. */
export const awayAfterMs = 3000
/**
 * Discord lets one IDENTIFY a rate-limit key start in five seconds.
 * Source: https://discord.com/developers/docs/events/gateway#sharding-max-concurrency
 */
const spacingMs = 5500

export interface PermitTrouble {
  /** Generation of the permit that is reserved for this shard; `null`: none. */
  readonly reserved: number | null
  /** Highest generation that the shard has used. */
  readonly used: number
  readonly shardId: number
  /** As Discord states it for this bot. */
  readonly maxConcurrency: number
  /** For how long nobody has answered the question for a permit. */
  readonly unansweredMs: number
}

/**
 * Whether a holder that gets no answer may use its reserved permit now. Nobody spaces the IDENTIFYs of one rate-limit key
 * while the config API is away, so each shard of a key waits for those before it; sessions are lost together most of all.
 */
export function decideReserved(
  trouble: PermitTrouble,
):
  | { readonly do: 'ask-again' }
  | { readonly do: 'use'; readonly generation: number; readonly waitMs: number } {
  const { reserved, used, shardId, maxConcurrency, unansweredMs } = trouble
  if (reserved === null || reserved <= used || unansweredMs < awayAfterMs) return { do: 'ask-again' }
  return { do: 'use', generation: reserved, waitMs: Math.floor(shardId / maxConcurrency) * spacingMs }
}

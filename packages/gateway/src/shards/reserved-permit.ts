import { type FailureKind, MeshError } from '@guildmesh/contracts'

/** Failures that say nothing of whether there is a permit: nobody answered. */
const unanswered: ReadonlySet<FailureKind> = new Set(['Unavailable', 'DeadlineExceeded', 'OutcomeUnknown'])

export function isUnanswered(error: unknown): boolean {
  return error instanceof MeshError && unanswered.has(error.failure.kind)
}

/** The config API counts as away after this, milliseconds: a short interruption is waited for. */
export const awayAfterMs = 3000
/**
 * Discord lets one IDENTIFY a rate-limit key start in five seconds; what is more makes up for how far the holders'
 * ideas of the time may lie apart, and for a HELLO that is late.
 * Source: https://discord.com/developers/docs/events/gateway#sharding-max-concurrency
 */
export const turnMs = 6000

export interface PermitTrouble {
  /** Generation of the permit that is reserved for this shard; `null`: none. */
  readonly reserved: number | null
  /** Highest generation that the shard has used. */
  readonly used: number
  readonly shardId: number
  readonly shardCount: number
  /** As Discord states it for this bot. */
  readonly maxConcurrency: number
  /** For how long nobody has answered the question for a permit. */
  readonly unansweredMs: number
  /** The time of the whole mesh, epoch milliseconds; `null`: not known. */
  readonly meshNowMs: number | null
}

/**
 * Whether a holder that gets no answer may use its reserved permit now. Nobody spaces the IDENTIFYs of one rate-limit key
 * while the config API is away, and sessions are lost together most of all, at holders that do not notice at the same
 * moment. So the shards of a key take turns by the time that all holders were told alike.
 */
export function decideReserved(
  trouble: PermitTrouble,
):
  | { readonly do: 'ask-again' }
  | { readonly do: 'use'; readonly generation: number; readonly waitMs: number } {
  const { reserved, used, unansweredMs } = trouble
  if (reserved === null || reserved <= used || unansweredMs < awayAfterMs) return { do: 'ask-again' }
  const waitMs = untilTurnMs(trouble)
  return waitMs === null ? { do: 'ask-again' } : { do: 'use', generation: reserved, waitMs }
}

/** Milliseconds until the shard's turn among those of its rate-limit key begins; `null`: nobody knows. */
function untilTurnMs({ shardId, shardCount, maxConcurrency, meshNowMs }: PermitTrouble): number | null {
  const turns = Math.ceil(shardCount / maxConcurrency)
  if (turns === 1) return 0
  if (meshNowMs === null) return null
  const roundMs = turns * turnMs
  const beginsMs = Math.floor(shardId / maxConcurrency) * turnMs
  return (beginsMs - (meshNowMs % roundMs) + roundMs) % roundMs
}

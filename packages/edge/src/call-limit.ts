import type { Call } from '@guildmesh/contracts'
import type { Clock } from '@guildmesh/runtime'

/** The same call with less time, so that one slow question leaves time for the others. */
export function limitCall(call: Call, limitMs: number, clock: Clock): Call {
  const startedAt = clock.monotonicMs()
  return {
    ...call,
    remainingMs: () =>
      Math.max(
        0,
        Math.min(call.remainingMs() ?? Number.POSITIVE_INFINITY, limitMs - (clock.monotonicMs() - startedAt)),
      ),
  }
}

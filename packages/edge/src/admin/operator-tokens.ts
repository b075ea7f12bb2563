import type { OperatorToken } from '@guildmesh/contracts'
import { type Clock, within } from '@guildmesh/runtime'
import type { ConfigClient } from '../config-client.ts'
import { hashToken } from '../sessions/opaque-token.ts'
import { VerifiedCache } from '../sessions/verified-cache.ts'

const callMs = 2000

/** Tokens of operators' programs, verified by the config API. */
export class OperatorTokens {
  readonly #tokens: VerifiedCache<OperatorToken>

  constructor(options: { config: ConfigClient; freshMs: number; clock: Clock }) {
    this.#tokens = new VerifiedCache({
      max: 1000,
      freshMs: options.freshMs,
      clock: options.clock,
      verify: (tokenHash) => options.config.operators.verify.mutate({ tokenHash }, within(callMs)),
    })
  }

  /**
   * The operator token behind a bearer token; `null` if it is unknown or revoked.
   * @throws MeshError Unavailable
   */
  find(bearer: string): Promise<OperatorToken | null> {
    return this.#tokens.find(hashToken(bearer))
  }
}

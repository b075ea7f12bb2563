import { isFailure, MeshError } from '@guildmesh/contracts'
import type { Clock } from '@guildmesh/runtime'
import { LRUCache } from 'lru-cache'

export interface VerifiedCacheOptions<Value> {
  readonly max: number
  /** How long a verified value counts as valid without asking again. Limits how late a revocation is noticed. */
  readonly freshMs: number
  readonly clock: Clock
  /** Asks the authority. @throws MeshError Unauthenticated if it says no */
  readonly verify: (tokenHash: string) => Promise<Value>
}

interface Entry<Value> {
  readonly value: Value
  readonly verifiedAt: number
}

/**
 * The config API's answers about tokens, by their hash. While it cannot be reached its earlier answers stay valid (T6:
 * a control-plane outage logs nobody out); a token that was never seen here cannot be verified then.
 */
export class VerifiedCache<Value extends object> {
  readonly #options: VerifiedCacheOptions<Value>
  readonly #entries: LRUCache<string, Entry<Value>>
  readonly #underWay = new Map<string, Promise<Value | null>>()

  constructor(options: VerifiedCacheOptions<Value>) {
    this.#options = options
    this.#entries = new LRUCache({ max: options.max })
  }

  /**
   * @returns `null` if the authority does not accept the token
   * @throws MeshError Unavailable if it cannot be asked and has never been
   */
  async find(tokenHash: string): Promise<Value | null> {
    const entry = this.#entries.get(tokenHash)
    if (entry && this.#options.clock.monotonicMs() - entry.verifiedAt < this.#options.freshMs)
      return entry.value
    try {
      return await this.verify(tokenHash)
    } catch (error) {
      if (entry && isOutage(error)) return entry.value
      throw error
    }
  }

  /** Asks the authority now; concurrent calls share one question. */
  verify(tokenHash: string): Promise<Value | null> {
    const underWay = this.#underWay.get(tokenHash)
    if (underWay) return underWay
    const verification = this.#verify(tokenHash).finally(() => this.#underWay.delete(tokenHash))
    this.#underWay.set(tokenHash, verification)
    return verification
  }

  async #verify(tokenHash: string): Promise<Value | null> {
    try {
      const value = await this.#options.verify(tokenHash)
      this.learn(tokenHash, value)
      return value
    } catch (error) {
      if (!isFailure(error, 'Unauthenticated')) throw error
      this.#entries.delete(tokenHash)
      return null
    }
  }

  /** Notes a value that is known to be valid now. */
  learn(tokenHash: string, value: Value): void {
    this.#entries.set(tokenHash, { value, verifiedAt: this.#options.clock.monotonicMs() })
  }

  forget(tokenHash: string): void {
    this.#entries.delete(tokenHash)
  }

  /** The hash of the token whose value this is about. */
  hashWhere(matches: (value: Value) => boolean): string | null {
    for (const [tokenHash, { value }] of this.#entries.entries()) if (matches(value)) return tokenHash
    return null
  }
}

/** Whether the config API could not be asked, in contrast to a refusal. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof MeshError)) return false
  const { kind } = error.failure
  return kind === 'Unavailable' || kind === 'DeadlineExceeded' || kind === 'Internal'
}

import type { ServiceKey, ServiceName } from '@guildmesh/contracts'
import { setTimeout as delay } from 'node:timers/promises'
import { type CryptoKey, importJWK } from 'jose'

/** Where the public keys of the mesh's services come from: the config API, or its own database. */
export interface KeySource {
  keys(): Promise<ServiceKey[]>
}

export interface RingKey {
  readonly name: ServiceName
  readonly key: CryptoKey
}

const refreshEveryMs = 60_000
const unknownKeyRefreshEveryMs = 1000

/**
 * The public keys of the mesh's services. Keys stay known while their source cannot be reached: an outage of the
 * config API must not stop calls between those who know each other.
 */
export class KeyRing {
  readonly #source: KeySource
  #keys: ReadonlyMap<string, RingKey> = new Map()
  #refreshing: Promise<void> | null = null
  #waiting: Promise<void> | null = null
  /** By the monotonic clock; -Infinity until the first try. */
  #triedAt = Number.NEGATIVE_INFINITY

  constructor(source: KeySource) {
    this.#source = source
  }

  /**
   * The key with this id. If it is unknown the source is asked, at most once a second: a caller that was enrolled just
   * now waits for that instead of being refused.
   */
  async find(kid: string): Promise<RingKey | null> {
    if (!this.#keys.has(kid)) await this.#refreshSoon().catch(() => undefined)
    else if (performance.now() - this.#triedAt > refreshEveryMs) {
      // The known keys serve this call; the next calls see what the source says now.
      this.refresh().catch(() => undefined)
    }
    return this.#keys.get(kid) ?? null
  }

  /** Asks the source now. Rejects if it cannot be reached; the keys stay as they were. */
  refresh(): Promise<void> {
    this.#triedAt = performance.now()
    this.#refreshing ??= this.#load().finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  #refreshSoon(): Promise<void> {
    this.#waiting ??= this.#waitForTurn()
      .then(() => this.refresh())
      .finally(() => {
        this.#waiting = null
      })
    return this.#waiting
  }

  async #waitForTurn(): Promise<void> {
    const waitMs = this.#triedAt + unknownKeyRefreshEveryMs - performance.now()
    if (waitMs > 0) await delay(waitMs)
  }

  async #load(): Promise<void> {
    const keys = await this.#source.keys()
    const imported = await Promise.all(
      keys.map(async ({ name, kid, publicKey }) => {
        const known = this.#keys.get(kid)
        if (known?.name === name) return [kid, known] as const
        const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: publicKey }, 'EdDSA')
        if (key instanceof Uint8Array) throw new Error('an Ed25519 key was imported as raw bytes')
        return [kid, { name, key }] as const
      }),
    )
    this.#keys = new Map(imported)
  }
}

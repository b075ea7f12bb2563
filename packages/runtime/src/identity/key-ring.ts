import type { ServiceKey, ServiceName } from '@guildmesh/contracts'
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
  /** By the monotonic clock; -Infinity until the first try. */
  #triedAt = Number.NEGATIVE_INFINITY

  constructor(source: KeySource) {
    this.#source = source
  }

  /** The key of this id; looks it up at the source where it is unknown, at most once a second. */
  async find(kid: string): Promise<RingKey | null> {
    const age = performance.now() - this.#triedAt
    if (this.#keys.has(kid)) {
      // Stale keys still serve; the next calls see what the source says now.
      if (age > refreshEveryMs) this.refresh().catch(() => undefined)
    } else if (age > unknownKeyRefreshEveryMs || this.#refreshing) {
      await this.refresh().catch(() => undefined)
    }
    return this.#keys.get(kid) ?? null
  }

  /** Asks the source now. Rejects where it cannot be reached; the keys stay as they were. */
  refresh(): Promise<void> {
    this.#triedAt = performance.now()
    this.#refreshing ??= this.#load().finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
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

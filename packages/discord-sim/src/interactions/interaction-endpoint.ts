import type { SimTimer } from '../clock.ts'
import type { World } from '../state/world.ts'
import { invalidField } from '../discord-error.ts'
import { postOnce } from './http-post.ts'
import type { PostAnswer } from './http-post.ts'
import type { RequestSigner } from './request-signer.ts'

export interface EndpointProbes {
  good: number
  bad: number
  /** Bad-signature probes that were not answered 401. */
  failed: number
  /** Why the URL was taken away, if it was. */
  unsetBecause: string | null
}

/** An interaction as it was posted. */
export interface PostedInteraction {
  body: string
  headers: Record<string, string>
}

const pingBody = JSON.stringify({ type: 1, id: '0', application_id: '0', token: 'ping', version: 1 })

/** The application's interactions URL: checked when it is saved, probed afterwards, posted to. */
export class InteractionEndpoint {
  readonly probes: EndpointProbes = { good: 0, bad: 0, failed: 0, unsetBecause: null }
  readonly #world: World
  readonly #signer: RequestSigner
  readonly #probeEveryMs: number
  readonly #stop = new AbortController()
  #probeTimer: SimTimer | null = null

  constructor(world: World, signer: RequestSigner, probeEveryMs: number) {
    this.#world = world
    this.#signer = signer
    this.#probeEveryMs = probeEveryMs
  }

  get url(): string | null {
    return this.#world.app.interactionsEndpointUrl
  }

  /**
   * Saves a new URL after a signed PING and a badly signed one, as Discord does; null switches back
   * to the gateway. Throws 50035 where the endpoint does not answer as it must.
   */
  async save(url: string | null): Promise<void> {
    if (url !== null) {
      const problem = await this.#verify(url)
      if (problem !== null) {
        throw invalidField(
          'interactions_endpoint_url',
          'APPLICATION_INTERACTIONS_ENDPOINT_URL_INVALID',
          `The specified interactions endpoint url could not be verified: ${problem}`,
        )
      }
    }
    this.#use(url)
  }

  /** Sets the URL unchecked, for an endpoint that is not up yet; it is probed like any other. */
  assume(url: string): void {
    this.#use(url)
  }

  #use(url: string | null): void {
    this.#world.app.interactionsEndpointUrl = url
    this.probes.unsetBecause = null
    this.#probeTimer?.cancel()
    this.#probeTimer =
      url === null || this.#probeEveryMs <= 0
        ? null
        : this.#world.clock.every(this.#probeEveryMs, () => void this.probe())
  }

  /**
   * One routine probe with a bad signature, true where it was refused with 401. An answer that takes it
   * takes the URL away; no answer, or one of a proxy whose application is down (5xx), says nothing.
   */
  async probe(): Promise<boolean> {
    const url = this.url
    if (url === null) return false
    this.probes.bad += 1
    const answer = await this.#post(url, pingBody, this.#signer.badHeaders(pingBody, this.#seconds()))
    if (answer === null || answer.status >= 500) return false
    if (answer.status === 401) return true
    this.probes.failed += 1
    this.probes.unsetBecause = `a badly signed request was answered ${answer.status} instead of 401`
    this.#world.app.interactionsEndpointUrl = null
    this.#probeTimer?.cancel()
    return false
  }

  /** The headers of a body that is sent now. */
  sign(body: string): Record<string, string> {
    return this.#signer.headers(body, this.#seconds())
  }

  /** Posts one interaction. Rejects when the endpoint cannot be reached or the signal fires. */
  async deliver(posted: PostedInteraction, signal: AbortSignal): Promise<PostAnswer> {
    const url = this.url
    if (url === null) throw new Error('no interactions endpoint is set')
    return postOnce(url, posted.headers, posted.body, AbortSignal.any([signal, this.#stop.signal]))
  }

  dispose(): void {
    this.#probeTimer?.cancel()
    this.#stop.abort()
  }

  async #verify(url: string): Promise<string | null> {
    this.probes.good += 1
    const good = await this.#post(url, pingBody, this.sign(pingBody))
    if (good === null) return 'it did not answer'
    if (good.status !== 200 || !isPong(good.body))
      return `PING was answered ${good.status} ${good.body.slice(0, 100)}`
    this.probes.bad += 1
    const bad = await this.#post(url, pingBody, this.#signer.badHeaders(pingBody, this.#seconds()))
    if (bad?.status === 401) return null
    this.probes.failed += 1
    return `a badly signed PING was answered ${bad?.status ?? 'not at all'} instead of 401`
  }

  async #post(url: string, body: string, headers: Record<string, string>): Promise<PostAnswer | null> {
    const abort = new AbortController()
    const timer = this.#world.clock.after(3_000, () => abort.abort())
    try {
      const signal = AbortSignal.any([abort.signal, this.#stop.signal])
      return await postOnce(url, headers, body, signal)
    } catch {
      return null
    } finally {
      timer.cancel()
    }
  }

  #seconds(): number {
    return Math.floor(this.#world.now() / 1_000)
  }
}

function isPong(body: string): boolean {
  try {
    const parsed: unknown = JSON.parse(body)
    return typeof parsed === 'object' && parsed !== null && 'type' in parsed && parsed.type === 1
  } catch {
    return false
  }
}

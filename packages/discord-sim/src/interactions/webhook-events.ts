import type { SimTimer } from '../clock.ts'
import { invalidField } from '../discord-error.ts'
import type { World } from '../state/world.ts'
import { postOnce } from './http-post.ts'
import { type WebhookEventType, webhookEventTypes } from '../resources/webhook-event-types.ts'
import type { RequestSigner } from './request-signer.ts'

const answerWithinMs = 3_000
/** "Discord will retry sending it several times using exponential backoff for up to 10 minutes." */
const firstRetryMs = 1_000
const giveUpAfterMs = 10 * 60_000
/** "If your app fails to respond too often, Discord will stop sending you webhook events": how often is not told. */
const mostGivenUp = 10

const disabledByDiscord = 3

/**
 * Posts the application's events to its URL, signed as interactions are: a PING and a badly signed one before the
 * URL is taken; 204 within 3 s for each event, else it comes again, and so not in order and perhaps twice.
 * Source: https://docs.discord.com/developers/events/webhook-events
 */
export class WebhookEvents {
  readonly #world: World
  readonly #signer: RequestSigner
  readonly #stop = new AbortController()
  readonly #timers = new Set<SimTimer>()
  readonly #stopListening: () => void
  /** Posts, repeats among them; events answered; events given up. */
  readonly counts = { posts: 0, delivered: 0, givenUp: 0 }
  #givenUpInARow = 0

  constructor(world: World, signer: RequestSigner) {
    this.#world = world
    this.#signer = signer
    this.#stopListening = world.bus.listen(({ name, payload }) => {
      const type = webhookEventTypes.find((candidate) => candidate === name)
      if (type) this.send(type, payload)
    })
  }

  /** Takes a URL after it has answered a PING with 204 and refused a badly signed one with 401. */
  async save(url: string | null): Promise<void> {
    const problem = url === null ? null : await this.#verify(url)
    if (problem !== null) {
      throw invalidField(
        'event_webhooks_url',
        'APPLICATION_EVENT_WEBHOOKS_URL_INVALID',
        `The specified event webhooks url could not be verified: ${problem}`,
      )
    }
    this.#world.app.eventWebhooks.url = url
    this.#givenUpInARow = 0
  }

  /** Tells the application of an event that it has subscribed to. */
  send(type: WebhookEventType, data: object): void {
    const { eventWebhooks, id } = this.#world.app
    if (eventWebhooks.status !== 2 || !eventWebhooks.types.includes(type)) return
    const timestamp = new Date(this.#world.now()).toISOString().replace('Z', '000')
    const event = { type, timestamp, data }
    const body = JSON.stringify({ version: 1, application_id: id, type: 1, event })
    void this.#deliver(body, this.#world.clock.now(), firstRetryMs)
  }

  /** Events that wait to be sent again. */
  get waiting(): number {
    return this.#timers.size
  }

  dispose(): void {
    this.#stopListening()
    this.#stop.abort()
    for (const timer of this.#timers) timer.cancel()
  }

  async #deliver(body: string, startedAt: number, retryMs: number): Promise<void> {
    const { eventWebhooks } = this.#world.app
    if (eventWebhooks.url === null || eventWebhooks.status !== 2) return
    const status = await this.#post(eventWebhooks.url, body, true)
    if (this.#stop.signal.aborted) return
    if (status === 204) {
      this.counts.delivered += 1
      this.#givenUpInARow = 0
      return
    }
    if (this.#world.clock.now() + retryMs - startedAt <= giveUpAfterMs) {
      const timer = this.#world.clock.after(retryMs, () => {
        this.#timers.delete(timer)
        void this.#deliver(body, startedAt, retryMs * 2)
      })
      this.#timers.add(timer)
      return
    }
    this.counts.givenUp += 1
    this.#givenUpInARow += 1
    if (this.#givenUpInARow >= mostGivenUp) eventWebhooks.status = disabledByDiscord
  }

  async #verify(url: string): Promise<string | null> {
    const ping = JSON.stringify({ version: 1, application_id: this.#world.app.id, type: 0 })
    const good = await this.#post(url, ping, true)
    if (good !== 204) return `PING was answered ${good ?? 'not at all'} instead of 204`
    const bad = await this.#post(url, ping, false)
    return bad === 401 ? null : `a badly signed PING was answered ${bad ?? 'not at all'} instead of 401`
  }

  /** The status of the answer, or null where none came in time. */
  async #post(url: string, body: string, isSigned: boolean): Promise<number | null> {
    const seconds = Math.floor(this.#world.now() / 1_000)
    const headers = isSigned ? this.#signer.headers(body, seconds) : this.#signer.badHeaders(body, seconds)
    const abort = new AbortController()
    const timer = this.#world.clock.after(answerWithinMs, () => abort.abort())
    this.counts.posts += 1
    try {
      const signal = AbortSignal.any([abort.signal, this.#stop.signal])
      return (await postOnce(url, headers, body, signal)).status
    } catch {
      return null
    } finally {
      timer.cancel()
    }
  }
}

import type { InteractionAnswer } from '@guildmesh/contracts'
import type { ResponseLike } from '@discordjs/rest'
import { isRecord } from '@guildmesh/runtime'
import {
  answerType,
  type AnswerState,
  decideCallback,
  deferral,
  type DeferSubject,
  editable,
  isEphemeral,
} from './decide-callback.ts'
import {
  jsonBodyOf,
  localResponse,
  type MakeRequest,
  type RequestInit,
  withJsonBody,
} from './discord-request.ts'
import { requestAfterAnswer } from './request-after-answer.ts'

export interface PendingInteractionOptions {
  readonly id: string
  readonly token: string
  readonly applicationId: string
  readonly subject: DeferSubject
  /** Discord's API with its version: `https://discord.com/api/v10`. */
  readonly api: string
  readonly request: MakeRequest
}

/** Where an interaction of a mounted module stands between the request that brought it and Discord. */
export class PendingInteraction {
  readonly #options: PendingInteractionOptions
  readonly #answer = Promise.withResolvers<InteractionAnswer>()
  readonly #sent = Promise.withResolvers<void>()
  #state: AnswerState = 'open'
  #deferWhenFree = false
  #deferred = false
  /** A module that deferred a reply after we deferred an update edits a message that does not exist yet. */
  #replyLater: { messageId: string | null; ephemeral: boolean } | null = null

  constructor(options: PendingInteractionOptions) {
    this.#options = options
  }

  get id(): string {
    return this.#options.id
  }

  get token(): string {
    return this.#options.token
  }

  /** What the request that brought the interaction is answered with. */
  get answer(): Promise<InteractionAnswer> {
    return this.#answer.promise
  }

  /** It was deferred by us, so that what the module says is told to Discord in other words. */
  get isDeferred(): boolean {
    return this.#deferred
  }

  /** Discord has the answer: what follows it may go out. */
  sent(): void {
    this.#sent.resolve()
  }

  /** Time is up: answers for the module, which may still reply. */
  deferNow(): boolean {
    if (this.#state === 'delivering') this.#deferWhenFree = true
    if (this.#state !== 'open') return false
    const { state, response } = deferral(this.#options.subject)
    this.#state = state
    this.#deferred = true
    this.#answer.resolve({ response: { ...response } })
    return true
  }

  /** The module calls `POST /interactions/:id/:token/callback`. */
  async callback(url: string, init: RequestInit, wantsMessage: boolean): Promise<ResponseLike> {
    const body = jsonBodyOf(init)
    const type = body?.['type']
    if (!body || typeof type !== 'number') return this.#options.request(url, init)
    const data = isRecord(body['data']) ? body['data'] : {}
    const needsCall = wantsMessage || init.body instanceof FormData
    const before = this.#state
    const decision = decideCallback(before, type, needsCall)
    switch (decision) {
      case 'answer':
        this.#state = 'answered'
        this.#answer.resolve({ response: body['data'] === undefined ? { type } : { type, data } })
        return localResponse(204)
      case 'deliver':
        return this.#deliver(url, init, type)
      case 'nothing':
        this.#state = 'answered'
        return wantsMessage ? this.#describe(type, null) : localResponse(204)
      case 'reply-later':
        this.#state = 'answered'
        this.#replyLater = { messageId: null, ephemeral: isEphemeral(data) }
        return wantsMessage ? this.#describe(type, null) : localResponse(204)
      case 'edit-original':
      case 'follow-up': {
        this.#state = 'answered'
        const response = await this.#late(decision, init, data)
        if (!response.ok) {
          this.#state = before
          return response
        }
        return wantsMessage ? this.#describe(type, await response.json()) : localResponse(204)
      }
      case 'refuse':
        return localResponse(400, { message: 'Interaction has already been acknowledged.', code: 40060 })
      default:
        return decision satisfies never
    }
  }

  /** The module speaks to the interaction's webhook: never before Discord has the answer. */
  async webhook(url: string, init: RequestInit, path: string): Promise<ResponseLike> {
    await this.#sent.promise
    const later = this.#replyLater
    if (!later || !/^\/messages\/(@|%40)original/.test(path)) return this.#afterAnswer(url, init)
    if (later.messageId !== null) {
      return this.#afterAnswer(url.replace(/(@|%40)original/, later.messageId), init)
    }
    if (init.method !== 'PATCH') return localResponse(404, { message: 'Unknown Message', code: 10008 })
    const data = jsonBodyOf(init) ?? {}
    const flags = later.ephemeral ? { flags: Number(data['flags'] ?? 0) | 64 } : {}
    const response = await this.#afterAnswer(
      this.#webhookUrl('?wait=true'),
      withJsonBody(init, 'POST', { ...data, ...flags }),
    )
    if (!response.ok) return response
    const message: unknown = await response.json()
    later.messageId = isRecord(message) && typeof message['id'] === 'string' ? message['id'] : null
    return localResponse(200, message)
  }

  /** Tells the person that nothing came, if they still look at "thinking…". */
  async apologise(content: string): Promise<void> {
    if (this.#state !== 'deferred-message') return
    this.#state = 'answered'
    await this.#sent.promise
    await this.#afterAnswer(this.#webhookUrl('/messages/%40original'), {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ content, allowed_mentions: { parse: [] } }),
    })
  }

  async #deliver(url: string, init: RequestInit, type: number): Promise<ResponseLike> {
    this.#state = 'delivering'
    try {
      const response = await this.#options.request(url, init)
      if (response.ok) {
        this.#state = 'answered'
        this.#sent.resolve()
        this.#answer.resolve({ response: { type }, delivered: true })
      }
      return response
    } finally {
      if (this.#state === 'delivering') {
        // Discord refused it: the module may reply once more.
        this.#state = 'open'
        if (this.#deferWhenFree) this.deferNow()
      }
    }
  }

  async #late(
    decision: 'edit-original' | 'follow-up',
    init: RequestInit,
    data: Readonly<Record<string, unknown>>,
  ): Promise<ResponseLike> {
    await this.#sent.promise
    return decision === 'follow-up'
      ? this.#afterAnswer(this.#webhookUrl('?wait=true'), withJsonBody(init, 'POST', data))
      : this.#afterAnswer(
          this.#webhookUrl('/messages/%40original'),
          withJsonBody(init, 'PATCH', editable(data)),
        )
  }

  #afterAnswer(url: string, init: RequestInit): Promise<ResponseLike> {
    return requestAfterAnswer(this.#options.request, url, init)
  }

  #webhookUrl(path: string): string {
    const { api, applicationId, token } = this.#options
    return `${api}/webhooks/${applicationId}/${encodeURIComponent(token)}${path}`
  }

  /** What `with_response` gets from the callback route. */
  #describe(type: number, message: unknown): ResponseLike {
    const { id, subject } = this.#options
    const shown = type === answerType.update ? answerType.update : answerType.message
    return localResponse(200, {
      interaction: { id, type: subject.type },
      ...(message === null ? {} : { resource: { type: shown, message } }),
    })
  }
}

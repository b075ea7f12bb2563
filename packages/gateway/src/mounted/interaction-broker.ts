import type { InteractionAnswer } from '@guildmesh/contracts'
import { InteractionType } from 'discord-api-types/v10'
import type { ResponseLike } from '@discordjs/rest'
import type { GuildInteraction } from '@guildmesh/bot'
import type { Counter, LogPort, MetricsPort } from '@guildmesh/runtime'
import { isEphemeral } from './decide-callback.ts'
import { localResponse, type MakeRequest, type RequestInit, routeOf } from './discord-request.ts'
import { PendingInteraction } from './pending-interaction.ts'

export interface InteractionBrokerOptions {
  readonly api: string
  readonly applicationId: string
  /** Really calls Discord. */
  readonly request: MakeRequest
  /** Lets the listeners hear INTERACTION_CREATE. */
  readonly dispatch: (payload: Readonly<Record<string, unknown>>) => void
  /** How long a module has in all, milliseconds. */
  readonly limitMs: number
  readonly log: LogPort
  readonly metrics: MetricsPort
}

/** When an interaction is deferred that its module has not answered; Discord waits 3 s. */
const deferAfterMs = 2000
/** What an answer needs to be stored and to reach the edge inside its budget, milliseconds. */
const returnMs = 300
/** How long the order of answer and follow-ups is watched after the answer; later ones need no care. */
const watchedMs = 5000
/** As long as Discord lets an interaction's token live. */
const tokenLifetimeMs = 15 * 60_000

const noAnswer = 'This took too long, and I do not know what became of it. Please try again.'

/** What the broker reads of an interaction. */
export type BrokeredInteraction = Pick<GuildInteraction, 'id' | 'type'> & {
  readonly command: string | null
  readonly onMessage: boolean
}

/**
 * Brings interactions that came over HTTP to a discord.js client that answers through REST, and its answers back to the
 * request that waits: the requests of the client pass here on their way to Discord.
 */
export class InteractionBroker {
  readonly #options: InteractionBrokerOptions
  readonly #byId = new Map<string, PendingInteraction>()
  readonly #byToken = new Map<string, PendingInteraction>()
  /** Who saw the last answer of a command: a deferral guesses by it. */
  readonly #ephemeral = new Map<string, boolean>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #answered: Counter

  constructor(options: InteractionBrokerOptions) {
    this.#options = options
    this.#answered = options.metrics.counter(
      'mounted_interactions_total',
      'Interactions of mounted modules, by how they were answered first',
      ['outcome'],
    )
  }

  /**
   * The module's answer, or a deferral when it takes too long. The same interaction, asked again meanwhile, is not
   * handled twice. `sent` must follow when the answer has been handed on.
   */
  handle(
    interaction: BrokeredInteraction,
    payload: Readonly<Record<string, unknown>>,
    remainingMs: number,
  ): Promise<InteractionAnswer> {
    const known = this.#byId.get(interaction.id)
    if (known) return known.answer
    const { api, applicationId, request, dispatch } = this.#options
    const { command, type, onMessage } = interaction
    const pending = new PendingInteraction({
      id: interaction.id,
      token: String(payload['token']),
      applicationId,
      subject: { type, onMessage, ephemeral: this.#ephemeral.get(command ?? '') ?? true },
      api,
      request,
    })
    this.#byId.set(pending.id, pending)
    this.#byToken.set(pending.token, pending)
    this.#later(Math.max(0, Math.min(deferAfterMs, remainingMs - returnMs)), () => {
      if (pending.deferNow()) this.#deferred(pending)
    })
    void this.#remember(pending, type === InteractionType.ApplicationCommand ? command : null)
    dispatch(payload)
    return pending.answer
  }

  /** The answer of an interaction has been handed on: follow-ups may go out. */
  sent(interactionId: string): void {
    const pending = this.#byId.get(interactionId)
    if (!pending) return
    pending.sent()
    this.#later(watchedMs, () => {
      if (pending.isDeferred) this.#later(tokenLifetimeMs, () => this.#forget(pending))
      else this.#forget(pending)
    })
  }

  /** A request of the client. */
  async request(url: string, init: RequestInit): Promise<ResponseLike> {
    const { request } = this.#options
    const route = routeOf(url, init.method)
    switch (route.kind) {
      case 'gateway':
        return localResponse(200, gatewayInformation)
      case 'callback': {
        const pending = this.#byId.get(route.interactionId)
        return pending ? pending.callback(url, init, route.wantsMessage) : request(url, init)
      }
      case 'webhook': {
        const pending = this.#byToken.get(route.token)
        return pending ? pending.webhook(url, init, route.path) : request(url, init)
      }
      case 'other':
        return request(url, init)
      default:
        return route satisfies never
    }
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  async #remember(pending: PendingInteraction, command: string | null): Promise<void> {
    const { response, delivered = false } = await pending.answer
    if (pending.isDeferred) return
    this.#answered.inc({ outcome: delivered ? 'callback' : 'body' })
    if (command !== null && !delivered) this.#ephemeral.set(command, isEphemeral(response.data ?? {}))
  }

  #deferred(pending: PendingInteraction): void {
    this.#answered.inc({ outcome: 'deferred' })
    this.#options.log.warn(
      { event: 'mounted-interaction-deferred', interactionId: pending.id },
      'a mounted module has not answered an interaction in time; it was deferred',
    )
    this.#later(this.#options.limitMs, () => {
      pending.apologise(noAnswer).catch((error: unknown) => {
        this.#options.log.warn(
          { event: 'deferred-answer-failed', err: error, interactionId: pending.id },
          'a deferred answer could not be ended',
        )
      })
    })
  }

  #forget(pending: PendingInteraction): void {
    this.#byId.delete(pending.id)
    this.#byToken.delete(pending.token)
  }

  #later(afterMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, afterMs)
    timer.unref()
    this.#timers.add(timer)
  }
}

/** GET /gateway/bot of a client whose shard this gateway plays. */
const gatewayInformation = {
  url: 'wss://relay.invalid',
  shards: 1,
  session_start_limit: { total: 1000, remaining: 1000, reset_after: 86_400_000, max_concurrency: 1 },
}

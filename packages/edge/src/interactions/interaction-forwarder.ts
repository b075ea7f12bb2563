import { type Call, type Gateway, type InteractionAnswer, MeshError } from '@guildmesh/contracts'
import { rendezvousGateway } from '@guildmesh/placement'
import { type Logger, onward, type RoutingTable } from '@guildmesh/runtime'
import type { GatewayClients } from '../config-client.ts'
import type { OwnerCalls } from '../owner/owner-calls.ts'
import { type AnswerLaterPort, askToTryAgain } from './answer-later.ts'
import type { InteractionBudget } from './interaction-budget.ts'
import type { Interaction } from './webhook-message.ts'

type DiscordResponse = InteractionAnswer['response']

/** An interaction's answer, and whether its handler gave it. */
export interface ForwardedAnswer {
  readonly outcome: 'answered' | 'late'
  readonly response: DiscordResponse
  /** Discord has the response already, through the callback route. */
  readonly delivered: boolean
}

export interface InteractionForwarderOptions {
  readonly owners: OwnerCalls
  readonly gateways: GatewayClients
  readonly routes: Pick<RoutingTable, 'gateways'>
  readonly later: AnswerLaterPort
  readonly logger: Logger
}

/** Longest time in all to wait for an owner that is fenced or away. */
const maxWaitMs = 1200
/** How many gateways are asked in turn if any will do. */
const anyGatewayTries = 3

/** Forwards each interaction to the gateway that must handle it; when time is up, answers for that gateway. */
export class InteractionForwarder {
  readonly #options: InteractionForwarderOptions

  constructor(options: InteractionForwarderOptions) {
    this.#options = options
  }

  /** Always answers within the budget: otherwise Discord shows "the application did not respond". */
  async answer(interaction: Interaction, budget: InteractionBudget): Promise<ForwardedAnswer> {
    try {
      const answer = await Promise.race([this.#handle(interaction, budget.call), budget.spent])
      return { outcome: 'answered', response: answer.response, delivered: answer.delivered ?? false }
    } catch (error) {
      const { interactionId, guildId } = interaction
      this.#options.logger.warn(
        { event: 'interaction-late', interactionId, guildId, err: error },
        'the gateway did not answer an interaction in time',
      )
      return { outcome: 'late', response: await this.#answerLater(interaction), delivered: false }
    }
  }

  async #answerLater(interaction: Interaction): Promise<DiscordResponse> {
    try {
      return await this.#options.later.answerLater(interaction)
    } catch (error) {
      // What could not be stored must not be promised.
      const { interactionId } = interaction
      this.#options.logger.error(
        { event: 'interaction-not-deferred', interactionId, err: error },
        'interaction not deferred: could not store it',
      )
      return askToTryAgain.answerLater(interaction)
    }
  }

  #handle(interaction: Interaction, call: Call): Promise<InteractionAnswer> {
    const { interactionId, guildId, payload } = interaction
    if (guildId === null) return this.#handleAnywhere(interaction, call)
    // According to Discord the bot is in the guild, so a guild without an owner is assigned now.
    return this.#options.owners.ask(
      guildId,
      call,
      { unassigned: 'ensure', maxWaitMs },
      (gateway, guild, request) =>
        gateway.interactions.handle.mutate({ interactionId, guild, payload }, request),
    )
  }

  /** The interaction concerns no guild of the mesh: any gateway that runs will do. */
  async #handleAnywhere(interaction: Interaction, call: Call): Promise<InteractionAnswer> {
    const { gateways, routes } = this.#options
    const { interactionId, affinity, payload } = interaction
    let candidates = routes.gateways().filter(isUp).map(idOf)
    let refusal = new MeshError({ kind: 'NoGatewayAvailable', retryAfterMs: 1000 })
    for (let tries = 0; tries < anyGatewayTries; tries++) {
      const gatewayId = rendezvousGateway(affinity, candidates)
      if (gatewayId === null) break
      try {
        return await gateways
          .to(gatewayId)
          .interactions.handle.mutate({ interactionId, guild: null, payload }, onward(call))
      } catch (error) {
        if (!(error instanceof MeshError) || error.failure.kind !== 'Unavailable') throw error
        refusal = error
        candidates = candidates.filter((candidate) => candidate !== gatewayId)
      }
    }
    throw refusal
  }
}

function isUp(gateway: Gateway): boolean {
  return gateway.status !== 'offline'
}

function idOf(gateway: Gateway) {
  return gateway.gatewayId
}

import { answerShapeOf, type InteractionAnswer, responseType } from '@guildmesh/contracts'
import type { Interaction } from './webhook-message.ts'

type DiscordResponse = InteractionAnswer['response']

/**
 * Decides what Discord is told when an interaction's owner cannot answer inside the budget. An implementation that
 * defers must have stored the interaction before it resolves, so that its owner can finish it later.
 */
export interface AnswerLaterPort {
  answerLater(interaction: Interaction): Promise<DiscordResponse>
}

const ephemeral = 64

/** Stores nothing: asks the person to do it again, in an answer that only they see. */
export const askToTryAgain: AnswerLaterPort = {
  async answerLater(interaction) {
    return tryAgainAnswer(interaction)
  },
}

/** https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-response-object */
function tryAgainAnswer({ subject }: Interaction): DiscordResponse {
  if (answerShapeOf(subject) === 'autocomplete') return { type: responseType.choices, data: { choices: [] } }
  const content =
    'Sorry, I could not finish that in time: this server’s data is being moved, or its machine is restarting. Please try again in a few seconds.'
  return { type: responseType.message, data: { flags: ephemeral, content } }
}

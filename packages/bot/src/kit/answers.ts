import {
  type APIInteractionResponse,
  InteractionResponseType,
  MessageFlags,
  PermissionFlagsBits,
} from 'discord-api-types/v10'

/** A message that only the person who acted sees, and that pings nobody. */
export function ephemeral(content: string): APIInteractionResponse {
  return {
    type: InteractionResponseType.ChannelMessageWithSource,
    data: { content, flags: MessageFlags.Ephemeral, allowed_mentions: { parse: [] } },
  }
}

/** No suggestions. */
export function noChoices(): APIInteractionResponse {
  return { type: InteractionResponseType.ApplicationCommandAutocompleteResult, data: { choices: [] } }
}

const names = new Map(
  Object.entries(PermissionFlagsBits).map(([name, bit]) => [
    bit,
    name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' '),
  ]),
)

/** Names of permission bits as Discord shows them, more or less: `Manage Roles`. */
export function permissionNames(bits: bigint): string[] {
  return [...names].filter(([bit]) => (bits & bit) === bit).map(([, name]) => name)
}

import { type APIInteractionResponse, InteractionType, PermissionFlagsBits } from 'discord-api-types/v10'
import { ephemeral, noChoices, permissionNames } from '../kit/answers.ts'
import type { FeatureRegistry } from '../kit/feature-registry.ts'
import type { HandlerContext, Reply } from '../kit/feature.ts'
import type { GuildInteraction } from '../kit/interaction.ts'

/** Who answers an interaction, or the answer that stands if nobody may. */
export type InteractionRule =
  /** No feature claims it; a mounted module may. */
  | { readonly kind: 'unclaimed'; readonly response: APIInteractionResponse }
  | { readonly kind: 'forbidden'; readonly feature: string; readonly response: APIInteractionResponse }
  | {
      readonly kind: 'claimed'
      readonly feature: string
      readonly handle: (context: HandlerContext) => Reply
    }

/**
 * Finds who answers an interaction. The acting person's permissions are checked here, by what Discord computed for the
 * channel: an administrator of the server can let anybody use a command.
 */
export function findInteractionRule(
  registry: FeatureRegistry,
  interaction: GuildInteraction,
): InteractionRule {
  const found = claimed(registry, interaction)
  if (!found) {
    return {
      kind: 'unclaimed',
      response:
        interaction.type === InteractionType.ApplicationCommandAutocomplete
          ? noChoices()
          : ephemeral(unknownText(interaction)),
    }
  }
  const { feature, requires, handle } = found
  const missing = missingPermissions(interaction.member.permissions, requires)
  if (missing !== 0n) {
    const names = permissionNames(missing).join(', ')
    return {
      kind: 'forbidden',
      feature,
      response: ephemeral(`You need the permission ${names} for this. Ask an administrator of the server.`),
    }
  }
  return { kind: 'claimed', feature, handle }
}

interface Claimed {
  readonly feature: string
  readonly requires: bigint
  readonly handle: (context: HandlerContext) => Reply
}

function claimed(registry: FeatureRegistry, interaction: GuildInteraction): Claimed | null {
  switch (interaction.type) {
    case InteractionType.ApplicationCommand: {
      const owned = registry.commandRule(interaction.data.name)
      if (!owned) return null
      const { feature, rule } = owned
      return { feature, requires: rule.requires, handle: (context) => rule.handle(interaction, context) }
    }
    case InteractionType.MessageComponent:
    case InteractionType.ModalSubmit: {
      const owned = registry.componentRule(interaction.data.custom_id)
      if (!owned) return null
      const { feature, rule } = owned
      return { feature, requires: rule.requires, handle: (context) => rule.handle(interaction, context) }
    }
    case InteractionType.ApplicationCommandAutocomplete: {
      // No command of ours completes anything yet, and no mounted module may complete a command that is ours.
      const owned = registry.commandRule(interaction.data.name)
      return owned && { feature: owned.feature, requires: 0n, handle: () => ({ reply: noChoices() }) }
    }
    default:
      return interaction satisfies never
  }
}

function missingPermissions(has: bigint, requires: bigint): bigint {
  return has & PermissionFlagsBits.Administrator ? 0n : requires & ~has
}

function unknownText(interaction: GuildInteraction): string {
  return interaction.type === InteractionType.ApplicationCommand
    ? `The command “${interaction.data.name}” is not known here any more. Discord may take an hour to forget it.`
    : 'This button or menu is no longer in use. Run the command again to get a new one.'
}

import { insert, put, remove, saveSettings } from '@guildmesh/guild-store'
import {
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  InteractionResponseType,
  PermissionFlagsBits,
  InteractionType,
} from 'discord-api-types/v10'
import { ephemeral } from '../../kit/answers.ts'
import type { CommandInteraction, ComponentInteraction, ModalInteraction } from '../../kit/interaction.ts'
import type { Feature, HandlerContext, Reply } from '../../kit/feature.ts'
import { ChoiceName, firstChoices, openPoints, SetupChoices, withChoice } from './choices.ts'
import { missingPermissions } from './missing-permissions.ts'
import { closedView, wizardId, type WizardState, wizardView } from './wizard-view.ts'

/** How long a draft waits for the next choice. */
export const draftKeptMs = 15 * 60_000
const expired = 'This setup has expired. Run **/setup** again; your saved settings are unchanged.'

/** `/setup`: the wizard by which administrators choose roles and channels. */
export const setupFeature: Feature = {
  name: 'setup',
  commands: [
    {
      name: 'setup',
      requires: PermissionFlagsBits.Administrator,
      definition: {
        name: 'setup',
        type: ApplicationCommandType.ChatInput,
        description: 'Choose the moderator role and the channels that the bot works with',
        default_member_permissions: String(PermissionFlagsBits.Administrator),
        contexts: [InteractionContextType.Guild],
        integration_types: [ApplicationIntegrationType.GuildInstall],
      },
      handle: openWizard,
    },
  ],
  components: [{ prefix: wizardId.prefix, requires: PermissionFlagsBits.Administrator, handle: useWizard }],
}

function openWizard(interaction: CommandInteraction, context: HandlerContext): Reply {
  const choices = firstChoices(context.guild.settings())
  const draft = {
    draftId: interaction.id,
    userId: interaction.member.user.id,
    revision: 0,
    choices,
    expiresAt: context.now + draftKeptMs,
  }
  return {
    rows: [insert('setupDrafts', draft)],
    reply: {
      type: InteractionResponseType.ChannelMessageWithSource,
      data: wizardView(stateOf(draft, context, null)),
    },
  }
}

function useWizard(interaction: ComponentInteraction | ModalInteraction, context: HandlerContext): Reply {
  const used = wizardId.decode(interaction.data.custom_id)
  const draft = used && context.guild.get('setupDrafts', { draftId: used.draft })
  if (!used || !draft || draft.expiresAt <= context.now) return close(expired)
  if (draft.userId !== interaction.member.user.id) {
    return { reply: ephemeral('This setup belongs to somebody else. Run **/setup** to open your own.') }
  }
  const current = { ...draft, choices: SetupChoices.parse(draft.choices) }
  if (used.revision !== draft.revision) {
    return redraw(
      current,
      context,
      'This changed in the meantime. It is up to date now: please choose again.',
    )
  }
  const { draftId } = draft
  if (used.part === 'cancel') {
    return { ...close('Setup cancelled. Nothing was changed.'), rows: [remove('setupDrafts', { draftId })] }
  }
  if (used.part === 'save') return save(current, context)
  return choose(
    current,
    used.part,
    interaction.type === InteractionType.MessageComponent ? interaction.data.values : [],
    context,
  )
}

interface Draft {
  readonly draftId: string
  readonly userId: string
  readonly revision: number
  readonly choices: SetupChoices
  readonly expiresAt: number
}

function choose(draft: Draft, name: ChoiceName, values: readonly string[], context: HandlerContext): Reply {
  const choices = withChoice(draft.choices, name, values)
  if (!choices) return redraw(draft, context, 'You cannot choose that here.')
  const next: Draft = {
    ...draft,
    choices,
    revision: draft.revision + 1,
    expiresAt: context.now + draftKeptMs,
  }
  return { ...redraw(next, context, null), rows: [put('setupDrafts', next)] }
}

function save(draft: Draft, context: HandlerContext): Reply {
  const { choices } = draft
  if (openPoints(choices, context.guild.guildId).length > 0) return redraw(draft, context, null)
  const missing = missingPermissions(context.guild, context.applicationId, choices, context.now)
  const warning =
    missing.length === 0 ? '' : `\n⚠️ Still missing:\n${missing.map((line) => `- ${line}`).join('\n')}`
  return {
    ...close(`✅ **Settings saved.**\n${summary(choices)}${warning}`),
    rows: [saveSettings(choices), remove('setupDrafts', { draftId: draft.draftId })],
  }
}

function channel(id: string | null): string {
  return id === null ? 'off' : `<#${id}>`
}

function summary(choices: SetupChoices): string {
  return [
    `- Moderator role: <@&${choices.moderatorRoleId}>`,
    `- Moderation log: ${channel(choices.modLogChannelId)}`,
    `- Deletion log: ${channel(choices.deletionLogChannelId)}`,
    `- Honeypot: ${channel(choices.honeypotChannelId)}`,
    `- Tickets: ${channel(choices.ticketChannelId)}`,
    `- Restricted role: ${choices.restrictedRoleId === null ? 'none' : `<@&${choices.restrictedRoleId}>`}`,
    `- Votes to confirm: ${choices.quorum}`,
  ].join('\n')
}

function redraw(draft: Draft, context: HandlerContext, notice: string | null): Reply {
  return {
    reply: { type: InteractionResponseType.UpdateMessage, data: wizardView(stateOf(draft, context, notice)) },
  }
}

function close(message: string): Reply {
  return { reply: { type: InteractionResponseType.UpdateMessage, data: closedView(message) } }
}

function stateOf(draft: Draft, context: HandlerContext, notice: string | null): WizardState {
  return {
    draftId: draft.draftId,
    revision: draft.revision,
    choices: draft.choices,
    openPoints: openPoints(draft.choices, context.guild.guildId),
    missing: missingPermissions(context.guild, context.applicationId, draft.choices, context.now),
    notice,
  }
}

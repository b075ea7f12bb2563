import {
  type APIActionRowComponent,
  type APIComponentInMessageActionRow,
  type APIMessageTopLevelComponent,
  type APITextDisplayComponent,
  ButtonStyle,
  ChannelType,
  ComponentType,
  MessageFlags,
  SelectMenuDefaultValueType,
} from 'discord-api-types/v10'
import { z } from 'zod'
import { customIdCodec } from '../../kit/custom-id.ts'
import { ChoiceName, type SetupChoices } from './choices.ts'

/** Custom ids of the wizard's menus and buttons: which draft, which revision of it, and what was used. */
export const wizardId = customIdCodec('setup', {
  draft: z.string().regex(/^[0-9]{1,20}$/),
  revision: z.coerce.number().int().min(0),
  part: z.union([ChoiceName, z.enum(['save', 'cancel'])]),
})

/** A draft as it is drawn. */
export interface WizardState {
  readonly draftId: string
  readonly revision: number
  readonly choices: SetupChoices
  /** What stands in the way of saving. */
  readonly openPoints: readonly string[]
  /** What the bot lacks for these choices. */
  readonly missing: readonly string[]
  /** Something to say about what was just done. */
  readonly notice: string | null
}

/** Discord's flag says that the message is made of components only: then it has neither content nor embeds. */
const flags: MessageFlags = MessageFlags.Ephemeral | MessageFlags.IsComponentsV2

/** The whole wizard as one message. */
export function wizardView(state: WizardState) {
  const { choices } = state
  const id = (part: ChoiceName | 'save' | 'cancel') =>
    wizardId.encode({ draft: state.draftId, revision: state.revision, part })
  const components: APIMessageTopLevelComponent[] = [
    {
      type: ComponentType.Container,
      components: [
        text('## Set up moderation\nNothing changes until you press **Save**.'),
        ...(state.notice ? [text(`> ${state.notice}`)] : []),
        text('**Moderator role** (required)\nWho may act on reports and vote.'),
        roleMenu(id('moderatorRoleId'), choices.moderatorRoleId, 1),
        text('**Moderation log**\nReports and actions, a thread per member.'),
        channelMenu(id('modLogChannelId'), choices.modLogChannelId),
        text('**Deletion log**\nDeleted and edited messages.'),
        channelMenu(id('deletionLogChannelId'), choices.deletionLogChannelId),
        text('**Honeypot**\nWhoever writes there is treated as a spam bot.'),
        channelMenu(id('honeypotChannelId'), choices.honeypotChannelId),
        text('**Tickets**\nMembers open private threads with the moderators.'),
        channelMenu(id('ticketChannelId'), choices.ticketChannelId),
        text('**Restricted role** (optional)\nGiven to members who are restricted.'),
        roleMenu(id('restrictedRoleId'), choices.restrictedRoleId, 0),
        text('**Votes to confirm**\nHow many votes confirm an escalation.'),
        quorumMenu(id('quorum'), choices.quorum),
        ...list('⚠️ **The bot lacks permissions**', state.missing),
        ...list('**Before you can save**', state.openPoints),
        row([
          {
            type: ComponentType.Button,
            style: ButtonStyle.Success,
            custom_id: id('save'),
            label: 'Save',
            disabled: state.openPoints.length > 0,
          },
          {
            type: ComponentType.Button,
            style: ButtonStyle.Secondary,
            custom_id: id('cancel'),
            label: 'Cancel',
          },
        ]),
      ],
    },
  ]
  return { flags, components, allowed_mentions: { parse: [] } }
}

/** A wizard that is over. */
export function closedView(message: string) {
  const components: APIMessageTopLevelComponent[] = [text(message)]
  return { flags, components, allowed_mentions: { parse: [] } }
}

function text(content: string): APITextDisplayComponent {
  return { type: ComponentType.TextDisplay, content }
}

function row(
  components: APIComponentInMessageActionRow[],
): APIActionRowComponent<APIComponentInMessageActionRow> {
  return { type: ComponentType.ActionRow, components }
}

function list(title: string, lines: readonly string[]): APITextDisplayComponent[] {
  return lines.length === 0 ? [] : [text([title, ...lines.map((line) => `- ${line}`)].join('\n'))]
}

function roleMenu(customId: string, chosen: string | null, least: 0 | 1) {
  return row([
    {
      type: ComponentType.RoleSelect,
      custom_id: customId,
      placeholder: 'Choose a role',
      min_values: least,
      max_values: 1,
      // Discord wants the number of defaults within min_values and max_values, so no default means no list at all.
      ...(chosen === null ? {} : { default_values: [{ id: chosen, type: SelectMenuDefaultValueType.Role }] }),
    },
  ])
}

function channelMenu(customId: string, chosen: string | null) {
  return row([
    {
      type: ComponentType.ChannelSelect,
      custom_id: customId,
      placeholder: 'Off – choose a channel',
      channel_types: [ChannelType.GuildText],
      min_values: 0,
      max_values: 1,
      ...(chosen === null
        ? {}
        : { default_values: [{ id: chosen, type: SelectMenuDefaultValueType.Channel }] }),
    },
  ])
}

function quorumMenu(customId: string, chosen: number) {
  const options = Array.from({ length: 10 }, (_, index) => {
    const votes = index + 1
    return {
      label: votes === 1 ? '1 vote' : `${votes} votes`,
      value: String(votes),
      default: votes === chosen,
    }
  })
  return row([{ type: ComponentType.StringSelect, custom_id: customId, options }])
}

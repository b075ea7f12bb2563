import { ChannelId, GuildSettings, RoleId } from '@guildmesh/contracts'
import { z } from 'zod'

/** What the wizard asks for; every choice may still be open. */
export const SetupChoices = GuildSettings
export type SetupChoices = z.infer<typeof SetupChoices>

/** The parts of the wizard, in its order; each is one select menu. */
export const choiceNames = [
  'moderatorRoleId',
  'modLogChannelId',
  'deletionLogChannelId',
  'honeypotChannelId',
  'ticketChannelId',
  'restrictedRoleId',
  'quorum',
] as const satisfies readonly (keyof SetupChoices)[]
export const ChoiceName = z.enum(choiceNames)
export type ChoiceName = (typeof choiceNames)[number]

/** What the wizard begins with: the present settings, or nothing chosen. */
export function firstChoices(settings: GuildSettings | null): SetupChoices {
  return (
    settings ?? {
      moderatorRoleId: null,
      modLogChannelId: null,
      deletionLogChannelId: null,
      honeypotChannelId: null,
      ticketChannelId: null,
      restrictedRoleId: null,
      quorum: 3,
    }
  )
}

/** The choices after one menu was used; no value means off. `null` if the value is not one that the menu offers. */
export function withChoice(
  choices: SetupChoices,
  name: ChoiceName,
  values: readonly string[],
): SetupChoices | null {
  const [value] = values
  switch (name) {
    case 'quorum': {
      const parsed = z.coerce.number().int().min(1).max(10).safeParse(value)
      return parsed.success ? { ...choices, quorum: parsed.data } : null
    }
    case 'moderatorRoleId':
    case 'restrictedRoleId': {
      const parsed = RoleId.optional().safeParse(value)
      return parsed.success ? { ...choices, [name]: parsed.data ?? null } : null
    }
    case 'modLogChannelId':
    case 'deletionLogChannelId':
    case 'honeypotChannelId':
    case 'ticketChannelId': {
      const parsed = ChannelId.optional().safeParse(value)
      return parsed.success ? { ...choices, [name]: parsed.data ?? null } : null
    }
    default:
      return name satisfies never
  }
}

/** What stands in the way of saving, in words for the person; empty: nothing. */
export function openPoints(choices: SetupChoices, guildId: string): string[] {
  const points: string[] = []
  if (choices.moderatorRoleId === null) points.push('Choose the moderator role.')
  if (choices.moderatorRoleId === guildId) points.push('@everyone cannot be the moderator role.')
  if (choices.restrictedRoleId === guildId) points.push('@everyone cannot be the restricted role.')
  if (choices.restrictedRoleId !== null && choices.restrictedRoleId === choices.moderatorRoleId) {
    points.push('The restricted role cannot be the moderator role.')
  }
  const logs = [choices.modLogChannelId, choices.deletionLogChannelId, choices.ticketChannelId]
  if (choices.honeypotChannelId !== null && logs.includes(choices.honeypotChannelId)) {
    points.push('The honeypot needs a channel of its own: whoever writes there is banned.')
  }
  return points
}

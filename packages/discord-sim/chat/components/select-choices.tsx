import { ComponentType } from 'discord-api-types/v10'
import type { APISelectMenuComponent } from 'discord-api-types/v10'
import type { Choice } from '../ui/picker.tsx'
import { EmojiText } from '../ui/emoji-text.tsx'
import { useEntityChoices } from './entity-choices.tsx'

const placeholders: Readonly<Record<number, string>> = {
  [ComponentType.UserSelect]: 'Choose a person',
  [ComponentType.RoleSelect]: 'Choose a role',
  [ComponentType.MentionableSelect]: 'Choose a person or a role',
  [ComponentType.ChannelSelect]: 'Choose a channel',
}

/** What the select invites to, in the bot's words or else ours. */
export function placeholderOf(select: APISelectMenuComponent): string {
  return select.placeholder ?? placeholders[select.type] ?? 'Make a choice'
}

export function defaultValues(select: APISelectMenuComponent): string[] {
  if (select.type === ComponentType.StringSelect) {
    return select.options.filter((option) => option.default === true).map((option) => option.value)
  }
  return (select.default_values ?? []).map((chosen) => chosen.id)
}

/** The options of a select, or the people, roles or channels that it offers. */
export function useSelectChoices(select: APISelectMenuComponent): Choice[] {
  const entities = useEntityChoices()
  switch (select.type) {
    case ComponentType.StringSelect:
      return select.options.map((option) => ({
        value: option.value,
        label: option.label,
        description: option.description,
        picture: option.emoji ? <EmojiText emoji={option.emoji} /> : undefined,
      }))
    case ComponentType.UserSelect:
      return entities.users
    case ComponentType.RoleSelect:
      return entities.roles
    case ComponentType.MentionableSelect:
      return [...entities.users, ...entities.roles]
    case ComponentType.ChannelSelect:
      return entities.channels(select.channel_types)
    default:
      return select satisfies never
  }
}

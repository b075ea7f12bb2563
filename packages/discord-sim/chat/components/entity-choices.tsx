import { ChannelType } from 'discord-api-types/v10'
import { useChat } from '../state/chat-context.ts'
import { ChannelIcon } from '../places/channel-icon.tsx'
import { Avatar } from '../ui/avatar.tsx'
import type { Choice } from '../ui/picker.tsx'

/** What can be chosen where people, roles or channels are asked for. */
export interface EntityChoices {
  users: Choice[]
  roles: Choice[]
  channels: (allowedTypes?: readonly number[]) => Choice[]
}

export function useEntityChoices(): EntityChoices {
  const { live } = useChat()
  const { people, roles, channels, place } = live.pieces
  return {
    users: people.map((person) => ({
      value: person.id,
      label: person.name,
      description: person.username,
      picture: <Avatar id={person.id} name={person.name} />,
    })),
    roles: roles
      .toSorted((one, other) => other.position - one.position)
      .map((role) => ({ value: role.id, label: role.id === place.guildId ? '@everyone' : `@${role.name}` })),
    channels: (allowedTypes) =>
      channels
        .filter(
          (channel) => !allowedTypes || allowedTypes.length === 0 || allowedTypes.includes(channel.type),
        )
        .filter(
          (channel) =>
            allowedTypes?.includes(ChannelType.GuildCategory) || channel.type !== ChannelType.GuildCategory,
        )
        .map((channel) => ({
          value: channel.id,
          label: channel.name,
          picture: <ChannelIcon type={channel.type} />,
        })),
  }
}

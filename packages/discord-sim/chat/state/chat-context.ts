import { createContext, useContext } from 'react'
import type { ChannelView, ChatPieces, PersonView, RoleView } from '../../src/control/live/chat-view.ts'
import { hexOf } from '../content/hex-of.ts'
import type { Address } from './address-form.ts'
import type { LiveState } from './live-state.ts'
import type { Acting } from './use-acting.ts'

/** What every part of the page may need: what is seen, who looks, and what they can do. */
export interface Chat {
  live: LiveState & { pieces: ChatPieces }
  me: PersonView
  channel: ChannelView | null
  /** The part of the page that a narrow screen shows. */
  pane: Pane
  show: (pane: Pane) => void
  go: (address: Partial<Address>) => void
  acting: Acting
  names: Names
  showOlder: () => void
}

export type Pane = 'channels' | 'messages' | 'side'

/** Names for ids, as the people of this server have them. */
export interface Names {
  person: (id: string) => PersonView | undefined
  role: (id: string) => RoleView | undefined
  channel: (id: string) => ChannelView | undefined
  /** The colour of a person's name, as `#rrggbb`; null for the usual one. */
  colorOf: (id: string) => string | null
}

/** Looks names up in what the page knows. */
export function namesOf(pieces: ChatPieces): Names {
  const people = new Map(pieces.people.map((person) => [person.id, person]))
  const roles = new Map(pieces.roles.map((role) => [role.id, role]))
  const channels = new Map(pieces.channels.map((channel) => [channel.id, channel]))
  return {
    person: (id) => people.get(id),
    role: (id) => roles.get(id),
    channel: (id) => channels.get(id),
    colorOf: (id) => {
      const coloured = (people.get(id)?.roleIds ?? [])
        .flatMap((roleId) => roles.get(roleId) ?? [])
        .filter((role) => role.color !== 0)
        .toSorted((one, other) => other.position - one.position)[0]
      return coloured ? hexOf(coloured.color) : null
    },
  }
}

export const ChatContext = createContext<Chat | null>(null)

export function useChat(): Chat {
  const chat = useContext(ChatContext)
  if (!chat) throw new Error('useChat outside of the chat')
  return chat
}

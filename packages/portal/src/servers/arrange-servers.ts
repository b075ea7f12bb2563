import type { GuildCard } from '@guildmesh/contracts'

export interface ArrangedServers {
  /** With the bot, and with a dashboard for this person; also where its gateway does not answer now. */
  readonly joined: readonly GuildCard[]
  /** With the bot, where this person is a plain member: the dashboard is for moderators and admins. */
  readonly closed: readonly GuildCard[]
  /** Where it is not. */
  readonly absent: readonly GuildCard[]
}

/** The servers whose name holds every word of the search, those with the bot apart, each by name. */
export function arrangeServers(cards: readonly GuildCard[], search: string): ArrangedServers {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean)
  const found = cards
    .filter((card) => {
      const name = card.name.toLocaleLowerCase()
      return words.every((word) => name.includes(word) || card.guildId === word)
    })
    .toSorted((a, b) => a.name.localeCompare(b.name) || (a.guildId < b.guildId ? -1 : 1))
  return {
    joined: found.filter((card) => card.state !== 'absent' && card.role !== 'member'),
    closed: found.filter((card) => card.state !== 'absent' && card.role === 'member'),
    absent: found.filter((card) => card.state === 'absent'),
  }
}

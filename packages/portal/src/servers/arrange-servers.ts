import type { GuildCard } from '@guildmesh/contracts'

export interface ArrangedServers {
  /** With the bot, and with a dashboard for this person, even if its gateway is unreachable. */
  readonly joined: readonly GuildCard[]
  /** With the bot, but this person is a plain member: the dashboard is for moderators and admins. */
  readonly closed: readonly GuildCard[]
  /** Without the bot. */
  readonly absent: readonly GuildCard[]
}

/** The servers whose name contains every word of the search, in three groups, each sorted by name. */
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

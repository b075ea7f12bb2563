import type { GuildCard } from '@guildmesh/contracts'
import { expect, it } from 'vitest'
import { arrangeServers } from './arrange-servers.ts'

function card(name: string, state: GuildCard['state'], guildId = '81384788765712384'): GuildCard {
  return {
    guildId: guildId as GuildCard['guildId'],
    name,
    iconUrl: null,
    role: 'admin',
    state,
    memberCount: 3,
    setUp: true,
    inviteUrl: null,
  }
}
const cards = [card('Tidepool', 'ready'), card('Attic', 'absent'), card('Mossy Workshop', 'unreachable')]
const names = (list: readonly GuildCard[]) => list.map(({ name }) => name)

it('puts servers with the bot first, even if their gateway does not answer, each group by name', () => {
  const { joined, absent } = arrangeServers(cards, '')
  expect(names(joined)).toEqual(['Mossy Workshop', 'Tidepool'])
  expect(names(absent)).toEqual(['Attic'])
})

it('sets servers apart in which somebody is a plain member, whom the dashboard would refuse', () => {
  const member: GuildCard = { ...card('Back Room', 'ready'), role: 'member' }
  const { joined, closed } = arrangeServers([...cards, member], '')
  expect(names(joined)).not.toContain('Back Room')
  expect(names(closed)).toEqual(['Back Room'])
})

it('finds by any part of any word, in whatever case, and by id', () => {
  expect(names(arrangeServers(cards, 'SHOP mos').joined)).toEqual(['Mossy Workshop'])
  expect(names(arrangeServers(cards, 'zzz').joined)).toEqual([])
  const one = [card('A', 'ready', '123456789012345678'), ...cards]
  expect(names(arrangeServers(one, '123456789012345678').joined)).toEqual(['A'])
})

import { expect, it } from 'vitest'
import { readAdminGuildsSearch } from './admin-guilds-search.ts'

it('reads a gateway, a guild and a page', () => {
  const search = { gateway: 'gateway-12', guild: '81384788765712384', after: '81384788765712399' }
  expect(readAdminGuildsSearch(search)).toEqual(search)
})

it.each([
  { gateway: 'edge-1' },
  { gateway: 'gateway-01' },
  { guild: 81384788765712384 },
  { after: '12' },
  {},
])('ignores %j: an id that has become a number is no longer the id', (raw) => {
  expect(readAdminGuildsSearch(raw)).toEqual({})
})

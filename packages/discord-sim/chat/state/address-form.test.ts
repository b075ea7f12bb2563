import { expect, test } from 'vitest'
import { formatAddress, parseAddress } from './address-form.ts'

test.each([
  { userId: null, guildId: null, channelId: null },
  { userId: '1', guildId: null, channelId: null },
  { userId: '1', guildId: '@me', channelId: null },
  { userId: '1', guildId: '2', channelId: '3' },
])('an address is read as it was written: %j', (address) => {
  const url = new URL(formatAddress(address), 'http://sim')
  expect(parseAddress(url.pathname, url.search)).toEqual(address)
})

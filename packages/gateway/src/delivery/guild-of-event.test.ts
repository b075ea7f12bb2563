import { GuildId } from '@guildmesh/contracts'
import { expect, test } from 'vitest'
import { guildOfEvent } from './guild-of-event.ts'

const shard = { shardId: 0, shardCount: 2 }
/** Discord's ids have the shard in the bits from the 22nd on. */
const guildOf = (n: bigint) => GuildId.parse(String(n << 22n))
const [here, elsewhere] = [guildOf(30_000_000_000n), guildOf(30_000_000_001n)]

test.each([
  ['MESSAGE_CREATE', { guild_id: here, id: elsewhere }, here],
  ['GUILD_UPDATE', { id: here }, here],
  ['MESSAGE_CREATE', { id: here }, null],
  ['RESUMED', null, null],
  ['MESSAGE_CREATE', { guild_id: 'not a snowflake' }, null],
])('%s of %o is of the lane of %s', (type, data, guildId) => {
  expect(guildOfEvent(type, data, shard)).toBe(guildId)
})

test('an entitlement of a guild of another shard comes on shard 0, and is in no lane (I3)', () => {
  const entitlement = { id: '1', guild_id: elsewhere }
  expect(guildOfEvent('ENTITLEMENT_CREATE', entitlement, shard)).toBeNull()
  expect(guildOfEvent('ENTITLEMENT_CREATE', entitlement, { shardId: 1, shardCount: 2 })).toBe(elsewhere)
})

import { GuildId } from '@guildmesh/contracts'
import { PermissionFlagsBits as bits } from 'discord-api-types/v10'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  allPermissions,
  channelPermissions,
  guildPermissions,
  type MemberState,
  type Overwrite,
  type PermissionFacts,
} from './permissions.ts'

const guildId = GuildId.parse('100000000000000001')
const facts = (roles: Record<string, bigint>): PermissionFacts => ({
  guildId,
  ownerId: 'owner',
  roles: new Map(Object.entries(roles)),
})
const member = (roles: string[] = [], more: Partial<MemberState> = {}): MemberState => ({
  userId: 'somebody',
  roles,
  timeoutUntil: null,
  ...more,
})
const overwrite = (id: string, allow: bigint, deny: bigint, type = 0): Overwrite => ({
  id,
  type,
  allow,
  deny,
})

test('a member has what @everyone and its roles have together', () => {
  const guild = facts({ [guildId]: bits.ViewChannel, a: bits.SendMessages, b: bits.BanMembers })
  expect(guildPermissions(guild, member(['a', 'gone']), 0)).toBe(bits.ViewChannel | bits.SendMessages)
})

test('the owner and Administrators have everything, whatever channels deny', () => {
  const guild = facts({ [guildId]: 0n, admin: bits.Administrator })
  const denied = [overwrite(guildId, 0n, allPermissions), overwrite('somebody', 0n, allPermissions, 1)]
  for (const one of [member([], { userId: 'owner' }), member(['admin'])]) {
    expect(guildPermissions(guild, one, 0)).toBe(allPermissions)
    expect(channelPermissions(guild, one, denied, 0)).toBe(allPermissions)
  }
})

test('in timeout only looking is left, until it is over', () => {
  const guild = facts({ [guildId]: bits.ViewChannel | bits.SendMessages | bits.BanMembers })
  const quiet = member([], { timeoutUntil: 1000 })
  expect(guildPermissions(guild, quiet, 999)).toBe(bits.ViewChannel)
  expect(guildPermissions(guild, quiet, 1000)).toBe(bits.ViewChannel | bits.SendMessages | bits.BanMembers)
})

test('exceptions apply in order: @everyone, roles together (allow wins), the member', () => {
  const guild = facts({ [guildId]: bits.ViewChannel | bits.SendMessages, a: 0n, b: 0n })
  const one = member(['a', 'b'])
  const send = (...overwrites: Overwrite[]) =>
    (channelPermissions(guild, one, overwrites, 0) & bits.SendMessages) !== 0n
  const [allow, deny] = [bits.SendMessages, 0n]
  expect(send()).toBe(true)
  expect(send(overwrite(guildId, deny, allow))).toBe(false)
  expect(send(overwrite(guildId, deny, allow), overwrite('a', allow, deny))).toBe(true)
  expect(send(overwrite('a', deny, allow), overwrite('b', allow, deny))).toBe(true)
  expect(send(overwrite('a', allow, deny), overwrite('somebody', deny, allow, 1))).toBe(false)
  expect(send(overwrite('other-role', deny, allow), overwrite('other-member', deny, allow, 1))).toBe(true)
})

test('who cannot see a channel can do nothing in it', () => {
  const guild = facts({ [guildId]: bits.ViewChannel | bits.SendMessages })
  expect(channelPermissions(guild, member(), [overwrite(guildId, 0n, bits.ViewChannel)], 0)).toBe(0n)
})

test('permissions are never wider than the guild’s and the allowed exceptions', () => {
  const some = fc.bigInt({ min: 0n, max: 2n ** 50n })
  fc.assert(
    fc.property(some, some, some, some, (everyone, role, allow, deny) => {
      fc.pre(!((everyone | role) & bits.Administrator))
      const guild = facts({ [guildId]: everyone, a: role })
      const has = channelPermissions(guild, member(['a']), [overwrite('a', allow, deny)], 0)
      expect(has & ~(everyone | role | allow)).toBe(0n)
      expect(has & deny & ~allow).toBe(0n)
    }),
  )
})

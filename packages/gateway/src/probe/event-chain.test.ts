import * as oracle from '@guildmesh/discord-sim'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { belongsToChain, firstHead, nextHead } from './event-chain.ts'

const events = fc.array(
  fc.tuple(fc.stringMatching(/^[A-Z_]{1,20}$/), fc.jsonValue({ stringUnit: 'grapheme' })),
)
const snowflake = fc.bigInt({ min: 10n ** 16n, max: 10n ** 19n }).map(String)

test('the chain is the one that the oracle keeps, whatever the payloads', () => {
  fc.assert(
    fc.property(snowflake, events, (guildId, sent) => {
      let theirs = oracle.chainStart(guildId)
      let ours = firstHead(guildId)
      expect(ours).toBe(theirs)
      for (const [type, data] of sent) {
        theirs = oracle.extendChain(theirs, type, oracle.payloadHash(data))
        ours = nextHead(ours, type, data)
        expect(ours).toBe(theirs)
      }
    }),
  )
})

test('the order in which a payload names its fields does not matter; the order of a list does', () => {
  const head = firstHead('1')
  expect(nextHead(head, 'E', { a: 1, b: { c: [1, 2], d: null } })).toBe(
    nextHead(head, 'E', { b: { d: null, c: [1, 2] }, a: 1 }),
  )
  expect(nextHead(head, 'E', [1, 2])).not.toBe(nextHead(head, 'E', [2, 1]))
})

test.each([
  'READY',
  'RESUMED',
  'GUILD_CREATE',
  'GUILD_DELETE',
  'GUILD_MEMBERS_CHUNK',
  'CHANNEL_INFO',
  'SOUNDBOARD_SOUNDS',
  'RATE_LIMITED',
  'INTERACTION_CREATE',
  'ENTITLEMENT_CREATE',
  'ENTITLEMENT_UPDATE',
  'ENTITLEMENT_DELETE',
  'GUILD_UPDATE',
  'MESSAGE_CREATE',
  'GUILD_MEMBER_ADD',
])('%s is in the chain here exactly if it is in the oracle’s', (type) => {
  expect(belongsToChain(type)).toBe(oracle.isChainedEvent(type))
})

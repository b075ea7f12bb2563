import { gatewayIdOf, GuildId } from '@guildmesh/contracts'
import { expect, test } from 'vitest'
import { afterRefusal } from './after-refusal.ts'

const guildId = GuildId.parse('100000000000000001')

test.each([
  [false, 'send'],
  [true, 'back-off'],
])(
  'after a sequence gap the lane goes on from the cursor; if that was repeated (%s), later',
  (isRepeated, next) => {
    expect(afterRefusal({ kind: 'SequenceGap', guildId, cursor: null }, isRepeated)).toEqual({
      do: 'rewind',
      cursor: null,
      next,
    })
  },
)

test('a guild that moved is sent to where it moved', () => {
  const gatewayId = gatewayIdOf(2)
  expect(afterRefusal({ kind: 'GuildMoved', guildId, gatewayId, epoch: 7 }, false)).toEqual({
    do: 'reroute',
    route: { gatewayId, epoch: 7 },
  })
})

test.each([
  { kind: 'NotOwner', guildId, gatewayId: gatewayIdOf(0), knownEpoch: 0 } as const,
  { kind: 'StaleEpoch', offered: 1, current: 2 } as const,
  { kind: 'NotAssigned', guildId } as const,
])('an old route is looked up: $kind', (failure) => {
  expect(afterRefusal(failure, false)).toEqual({ do: 'look-up', next: 'await-owner' })
  expect(afterRefusal(failure, true)).toEqual({ do: 'look-up', next: 'back-off' })
})

test('whatever else an owner says, the lane waits and is never given up', () => {
  expect(afterRefusal({ kind: 'GuildFenced', guildId, retryAfterMs: 40 }, false)).toEqual({
    do: 'back-off',
    afterMs: 40,
  })
  expect(afterRefusal({ kind: 'Internal', errorId: 'x' }, false)).toEqual({ do: 'back-off', afterMs: null })
})

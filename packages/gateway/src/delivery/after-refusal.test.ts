import { gatewayIdOf, GuildId } from '@guildmesh/contracts'
import { expect, test } from 'vitest'
import { afterRefusal } from './after-refusal.ts'

const guildId = GuildId.parse('100000000000000001')

test('a hole is resent from the cursor', () => {
  expect(afterRefusal({ kind: 'EventHole', guildId, cursor: null })).toEqual({ do: 'rewind', cursor: null })
})

test('a guild that moved is sent to where it moved', () => {
  const gatewayId = gatewayIdOf(2)
  expect(afterRefusal({ kind: 'GuildMoved', guildId, gatewayId, epoch: 7 })).toEqual({
    do: 'reroute',
    gatewayId,
    epoch: 7,
  })
})

test.each([
  { kind: 'NotOwner', guildId, gatewayId: gatewayIdOf(0), knownEpoch: 0 } as const,
  { kind: 'StaleEpoch', offered: 1, current: 2 } as const,
  { kind: 'NotAssigned', guildId } as const,
])('an old route is refreshed: $kind', (failure) => {
  expect(afterRefusal(failure)).toEqual({ do: 'refresh' })
})

test('whatever else an owner says, the lane waits and is never given up', () => {
  expect(afterRefusal({ kind: 'GuildFenced', guildId, retryAfterMs: 40 })).toEqual({
    do: 'wait',
    afterMs: 40,
  })
  expect(afterRefusal({ kind: 'Internal', errorId: 'x' })).toEqual({ do: 'wait', afterMs: null })
})

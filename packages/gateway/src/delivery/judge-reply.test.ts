import { gatewayIdOf, GuildId } from '@guildmesh/contracts'
import { expect, test } from 'vitest'
import { countsAck, countsReply } from './judge-reply.ts'

const guildId = GuildId.parse('100000000000000001')
const ack = (epoch: number) => ({
  outcome: 'accepted' as const,
  guildId,
  epoch,
  applied: { generation: 1, seq: 1 },
  durable: null,
})
const [a, b] = [gatewayIdOf(0), gatewayIdOf(1)]

test.each([
  ['the incarnation that was sent to', { gatewayId: a, incarnation: { registration: 4, restart: 1 } }, true],
  ['a later incarnation', { gatewayId: a, incarnation: { registration: 5, restart: 0 } }, true],
  [
    'an incarnation that was superseded',
    { gatewayId: a, incarnation: { registration: 4, restart: 0 } },
    false,
  ],
  ['another gateway', { gatewayId: b, incarnation: { registration: 9, restart: 0 } }, false],
])('an answer of %s', (_name, owner, counts) => {
  expect(countsReply(owner, a, { registration: 4, restart: 1 })).toBe(counts)
})

test.each([
  ['at the epoch it was sent at', 3, { gatewayId: a, epoch: 3 }, true],
  ['at a lower epoch', 2, { gatewayId: a, epoch: 3 }, false],
  ['when the guild has moved on to another gateway', 3, { gatewayId: b, epoch: 4 }, false],
  [
    'when the same gateway got it at a later epoch, which the ack is not of',
    3,
    { gatewayId: a, epoch: 5 },
    false,
  ],
  ['when the owner knows of its later epoch first', 4, { gatewayId: a, epoch: 3 }, true],
])('an acknowledgement %s', (_name, epoch, now, counts) => {
  expect(countsAck(ack(epoch), { gatewayId: a, epoch: 3 }, now)).toBe(counts)
})

import { type DataLossInput, gatewayIdOf, GuildId } from '@guildmesh/contracts'
import { ManualTime } from '@guildmesh/runtime/testing'
import { expect, test } from 'vitest'
import { DataLosses } from './data-losses.ts'

const guildId = GuildId.parse('100000000000000001')
const holder = { gatewayId: gatewayIdOf(0), incarnation: { registration: 1, restart: 0 } }

function setUp() {
  const time = new ManualTime()
  const world = { isAway: false, ledger: new Array<DataLossInput>(), counted: new Array<string>() }
  const losses = new DataLosses({
    claim: () => ({ ...holder, shardId: 2, epoch: 7 }),
    gapLedger: {
      record: async (loss) => {
        if (world.isAway) throw new Error('the config API is away')
        world.ledger.push(loss)
      },
    },
    timers: time,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    metrics: { dataLoss: (shardId, reason) => void world.counted.push(`${shardId} ${reason}`) },
  })
  return { time, world, losses }
}

test('a session that Discord ended is counted once, and is in the gap ledger even if that was away', async () => {
  const { time, world, losses } = setUp()
  world.isAway = true
  const session = { generation: 4, sessionId: 's', resumeUrl: '' }
  losses.sessionEnded(session, 90, { reason: 'session-closed', guilds: 3, undelivered: 5 })
  await time.advance(60_000)
  expect(world.ledger).toEqual([])
  world.isAway = false
  await time.advance(60_000)
  const after = { generation: 4, seq: 90 }
  expect(world.ledger).toEqual([
    {
      ...holder,
      shardId: 2,
      guildId: null,
      after,
      before: null,
      reason: 'session-closed',
      guilds: 3,
      undelivered: 5,
    },
  ])
  expect(world.counted).toEqual(['2 session-closed'])
})

test('of a lane that lost events the ledger gets from where to where, also if the owner has nothing', async () => {
  const { time, world, losses } = setUp()
  losses.laneLost(guildId, { after: null, before: { generation: 4, seq: 9 } }, 1)
  await time.advance()
  expect(world.ledger).toEqual([
    {
      ...holder,
      shardId: 2,
      guildId,
      after: { generation: 4, seq: 0 },
      before: { generation: 4, seq: 9 },
      reason: 'not-held',
      guilds: 1,
      undelivered: 1,
    },
  ])
  expect(world.counted).toEqual(['2 not-held'])
})

import type { ShardSession } from '@guildmesh/contracts'
import { ManualTime } from '@guildmesh/runtime/testing'
import { expect, test } from 'vitest'
import { CheckpointWriter, type ShardCheckpoint } from './checkpoint-writer.ts'

const delayMs = 150
const at = (seq: number): ShardSession => ({ generation: 1, sessionId: 's', resumeUrl: 'wss://r', seq })

function setUp(store?: (checkpoint: ShardCheckpoint) => Promise<void>) {
  const time = new ManualTime()
  const world = {
    now: at(0) as ShardSession | null,
    parked: null as ShardCheckpoint['parked'],
    stored: new Array<ShardSession | null>(),
    lagsMs: new Array<number>(),
    failures: 0,
  }
  const writer = new CheckpointWriter({
    delayMs,
    current: () => ({ session: world.now, parked: world.parked }),
    store:
      store ??
      (async ({ session }) => {
        world.stored.push(session)
      }),
    clock: time,
    timers: time,
    onStored: (lagMs) => void world.lagsMs.push(lagMs),
    onFailure: () => {
      world.failures += 1
    },
  })
  return { time, world, writer }
}

test('many changes become one store of the latest, no later than it may be', async () => {
  const { time, world, writer } = setUp()
  for (let seq = 1; seq <= 100; seq++) {
    world.now = at(seq)
    writer.changed()
    await time.advance(1)
  }
  await time.advance(delayMs - 100)
  expect(world.stored).toEqual([at(100)])
  expect(world.lagsMs).toEqual([delayMs])
})

test('what changed during a store is stored after it', async () => {
  const first = Promise.withResolvers<void>()
  const stored: (ShardSession | null)[] = []
  const { time, world, writer } = setUp(async ({ session }) => {
    stored.push(session)
    if (stored.length === 1) await first.promise
  })
  writer.now()
  await time.advance()
  world.now = at(5)
  writer.changed()
  await time.advance(10 * delayMs)
  expect(stored).toEqual([at(0)])
  first.resolve()
  await time.advance(delayMs)
  expect(stored).toEqual([at(0), at(5)])
})

test('a store that fails is repeated, and what is stored already is not stored again', async () => {
  let tries = 0
  const { time, world, writer } = setUp(async () => {
    tries += 1
    if (tries < 3) throw new Error('away')
  })
  writer.now()
  await time.advance(2 * delayMs)
  expect([tries, world.failures, world.lagsMs]).toEqual([3, 2, [2 * delayMs]])
  writer.now()
  await time.advance(10 * delayMs)
  expect(tries).toBe(3)
})

test('a session that begins after a failure does not wait for the next try', async () => {
  let tries = 0
  const { time, writer } = setUp(async () => {
    tries += 1
    throw new Error('away')
  })
  writer.now()
  await time.advance()
  writer.now()
  await time.advance()
  expect(tries).toBe(2)
})

test('after stop nothing is stored any more, and what was under way or due has ended', async () => {
  for (const underWay of [true, false]) {
    const slow = Promise.withResolvers<void>()
    let stores = 0
    const { time, world, writer } = setUp(async () => {
      await slow.promise
      stores += 1
    })
    writer.now()
    if (underWay) await time.advance()
    const stopped = writer.stop()
    world.now = at(7)
    writer.now()
    slow.resolve()
    await time.advance(10 * delayMs)
    await stopped
    expect(stores).toBe(1)
  }
})

test('a change of parked lanes is stored though the seq stands still, and once', async () => {
  const told: ShardCheckpoint[] = []
  const { time, world, writer } = setUp(async (checkpoint) => {
    told.push(checkpoint)
    world.parked = null
  })
  writer.now()
  await time.advance()
  world.parked = { kept: [], gone: [] }
  writer.changed()
  await time.advance(delayMs)
  writer.now()
  await time.advance()
  expect(told).toEqual([
    { session: at(0), parked: null },
    { session: at(0), parked: { kept: [], gone: [] } },
  ])
})

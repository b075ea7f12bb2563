import type { ShardSession } from '@guildmesh/contracts'
import { expect, test } from 'vitest'
import { systemClock } from '@guildmesh/runtime'
import { eventually } from '../../test/eventually.ts'
import { CheckpointWriter, type ShardProgress } from './checkpoint-writer.ts'

const at = (seq: number): ShardSession => ({ generation: 1, sessionId: 's', resumeUrl: 'wss://r', seq })

function setUp(commit?: (progress: ShardProgress) => Promise<void>) {
  const world = {
    now: at(0) as ShardSession | null,
    parked: null as ShardProgress['parked'],
    stored: new Array<ShardSession | null>(),
    failures: 0,
    stores: 0,
  }
  const writer = new CheckpointWriter({
    delayMs: 1,
    current: () => ({ session: world.now, parked: world.parked }),
    commit:
      commit ??
      (async ({ session }) => {
        world.stored.push(session)
      }),
    clock: systemClock,
    onStored: () => {
      world.stores += 1
    },
    onFailure: () => {
      world.failures += 1
    },
  })
  return { world, writer }
}

test('many changes become one store of the latest', async () => {
  const { world, writer } = setUp()
  for (let seq = 1; seq <= 100; seq++) {
    world.now = at(seq)
    writer.changed()
  }
  await eventually(() => world.stored.length > 0)
  await writer.stop()
  expect(world.stored).toEqual([at(100)])
})

test('what changed during a store is stored after it', async () => {
  const first = Promise.withResolvers<void>()
  const stored: (ShardSession | null)[] = []
  const { world, writer } = setUp(async ({ session }) => {
    stored.push(session)
    if (stored.length === 1) await first.promise
  })
  writer.now()
  world.now = at(5)
  writer.changed()
  first.resolve()
  await eventually(() => stored.length === 2)
  await writer.stop()
  expect(stored).toEqual([at(0), at(5)])
})

test('a store that fails is repeated, and what is stored already is not stored again', async () => {
  let tries = 0
  const { world, writer } = setUp(async () => {
    tries += 1
    if (tries < 3) throw new Error('away')
  })
  writer.now()
  await eventually(() => tries === 3)
  expect(world.failures).toBe(2)
  writer.now()
  await writer.stop()
  expect(tries).toBe(3)
  expect(world.stores).toBe(1)
})

test('after stop nothing is stored any more, and what was under way has ended', async () => {
  const slow = Promise.withResolvers<void>()
  let ended = false
  const { writer } = setUp(async () => {
    await slow.promise
    ended = true
  })
  writer.now()
  const stopped = writer.stop()
  writer.now()
  slow.resolve()
  await stopped
  expect(ended).toBe(true)
})

test('a change of parked lanes is stored though the seq stands still, and once', async () => {
  const told: ShardProgress[] = []
  const { world, writer } = setUp(async (progress) => {
    told.push(progress)
    world.parked = null
  })
  writer.now()
  await eventually(() => told.length === 1)
  world.parked = { kept: [], gone: [] }
  writer.changed()
  await eventually(() => told.length === 2)
  writer.now()
  await writer.stop()
  expect(told).toEqual([
    { session: at(0), parked: null },
    { session: at(0), parked: { kept: [], gone: [] } },
  ])
})

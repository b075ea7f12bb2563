import type { ShardSession } from '@guildmesh/contracts'
import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { systemClock } from '../owner/clock.ts'
import { SessionCommitter, type ShardProgress } from './session-committer.ts'

const at = (seq: number): ShardSession => ({ generation: 1, sessionId: 's', resumeUrl: 'wss://r', seq })

function setUp(commit?: (progress: ShardProgress) => Promise<void>) {
  const world = {
    now: at(0) as ShardSession | null,
    parked: null as ShardProgress['parked'],
    stored: new Array<ShardSession | null>(),
    failures: 0,
    stores: 0,
  }
  const committer = new SessionCommitter({
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
  return { world, committer }
}

test('many changes become one store of the latest', async () => {
  const { world, committer } = setUp()
  for (let seq = 1; seq <= 100; seq++) {
    world.now = at(seq)
    committer.changed()
  }
  await eventually(() => world.stored.length > 0)
  await committer.stop()
  expect(world.stored).toEqual([at(100)])
})

test('what changed during a store is stored after it', async () => {
  const first = Promise.withResolvers<void>()
  const stored: (ShardSession | null)[] = []
  const { world, committer } = setUp(async ({ session }) => {
    stored.push(session)
    if (stored.length === 1) await first.promise
  })
  committer.now()
  world.now = at(5)
  committer.changed()
  first.resolve()
  await eventually(() => stored.length === 2)
  await committer.stop()
  expect(stored).toEqual([at(0), at(5)])
})

test('a store that fails is repeated, and what is stored already is not stored again', async () => {
  let tries = 0
  const { world, committer } = setUp(async () => {
    tries += 1
    if (tries < 3) throw new Error('away')
  })
  committer.now()
  await eventually(() => tries === 3)
  expect(world.failures).toBe(2)
  committer.now()
  await committer.stop()
  expect(tries).toBe(3)
  expect(world.stores).toBe(1)
})

test('after stop nothing is stored any more, and what was under way has ended', async () => {
  const slow = Promise.withResolvers<void>()
  let ended = false
  const { committer } = setUp(async () => {
    await slow.promise
    ended = true
  })
  committer.now()
  const stopped = committer.stop()
  committer.now()
  slow.resolve()
  await stopped
  expect(ended).toBe(true)
})

test('a change of parked lanes is stored though the seq stands still, and once', async () => {
  const told: ShardProgress[] = []
  const { world, committer } = setUp(async (progress) => {
    told.push(progress)
    world.parked = null
  })
  committer.now()
  await eventually(() => told.length === 1)
  world.parked = { kept: [], gone: [] }
  committer.changed()
  await eventually(() => told.length === 2)
  committer.now()
  await committer.stop()
  expect(told).toEqual([
    { session: at(0), parked: null },
    { session: at(0), parked: { kept: [], gone: [] } },
  ])
})

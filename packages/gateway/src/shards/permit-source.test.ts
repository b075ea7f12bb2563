import { gatewayIdOf, MeshError } from '@guildmesh/contracts'
import { ManualTime } from '@guildmesh/runtime/testing'
import { expect, test } from 'vitest'
import { PermitSource, type PermitSourceOptions } from './permit-source.ts'
import { awayAfterMs, turnMs } from './reserved-permit.ts'

const away = new MeshError({ kind: 'Unavailable', service: 'config', retryAfterMs: 1 })
const notYet = { type: 'no-permit', retryAfterMs: 250 }
const spent = new MeshError({ kind: 'IdentifyBudgetSpent', retryAfterMs: 3_600_000 })

function setUp({ shardCount = 1 } = {}) {
  const time = new ManualTime()
  const world = {
    meshNowMs: null as number | null,
    next: 5,
    failure: null as MeshError | null,
    isLost: false,
    answers: Promise.resolve(),
    asked: new Array<number>(),
    inReserve: new Array<boolean>(),
  }
  const answer = async (usedGeneration: number) => {
    if (world.failure) throw world.failure
    world.asked.push(usedGeneration)
    await world.answers
    return { generation: world.next++, waitMs: 0 }
  }
  const identify: PermitSourceOptions['identify'] = {
    permit: ({ usedGeneration }) => answer(usedGeneration),
    reserve: ({ usedGeneration }) => answer(usedGeneration),
  }
  const source = new PermitSource({
    claim: () => ({
      gatewayId: gatewayIdOf(0),
      incarnation: { registration: 1, restart: 0 },
      shardId: 0,
      epoch: 1,
    }),
    identify,
    maxConcurrency: 1,
    shardCount,
    meshNowMs: () => world.meshNowMs,
    usedGeneration: 3,
    onLost: () => {
      world.isLost = true
    },
    clock: time,
    timers: time,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    metrics: {
      reserved: (_shardId, isThere) => void world.inReserve.push(isThere),
      identifiedByReservation() {},
    },
  })
  return { time, world, source }
}

test('a permit is reserved once the session is there, also if the config API was away at first', async () => {
  const { time, world, source } = setUp()
  world.failure = away
  source.keep()
  await time.advance(60_000)
  expect(source.reserved).toBeNull()
  world.failure = null
  await time.advance(5000)
  expect(source.reserved).toBe(5)
  source.keep()
  await time.advance(600_000)
  expect(world.asked).toEqual([3])
  source.stop()
})

test('while the config API is away the permit in reserve serves, once', async () => {
  const { time, world, source } = setUp()
  source.keep()
  await time.advance()
  expect(source.reserved).toBe(5)
  world.failure = away
  expect(await source.request()).toEqual(notYet)
  await time.advance(awayAfterMs)
  expect(await source.request()).toEqual({ type: 'permit', generation: 5, waitMs: 0 })
  expect(source.reserved).toBeNull()
  await time.advance(10 * awayAfterMs)
  expect(await source.request()).toEqual(notYet)
  // It tells what it has used as soon as somebody listens.
  world.failure = null
  await source.request()
  expect(world.asked).toEqual([3, 5])
  source.stop()
})

test('a refusal is an answer: the permit in reserve is not used against it', async () => {
  const { time, world, source } = setUp()
  source.keep()
  await time.advance()
  expect(source.reserved).toBe(5)
  world.failure = spent
  for (let tries = 0; tries < 3; tries++) {
    await time.advance(awayAfterMs)
    expect(await source.request()).toEqual({ type: 'no-permit', retryAfterMs: 60_000 })
  }
  expect(source.reserved).toBe(5)
})

test('a reservation older than the session that began meanwhile is no permit', async () => {
  const { time, world, source } = setUp()
  source.keep()
  await time.advance()
  expect(source.reserved).toBe(5)
  world.next = 9
  await source.request()
  expect(source.reserved).toBeNull()
  expect(world.inReserve.at(-1)).toBe(false)
})

test('among other shards of its rate-limit key it waits for its turn, by the time of the mesh', async () => {
  const { time, world, source } = setUp({ shardCount: 3 })
  source.keep()
  await time.advance()
  expect(source.reserved).toBe(5)
  world.failure = away
  expect(await source.request()).toEqual(notYet)
  await time.advance(awayAfterMs)
  expect(await source.request()).toEqual(notYet)
  world.meshNowMs = 3 * turnMs + 1000
  expect(await source.request()).toEqual({ type: 'permit', generation: 5, waitMs: 3 * turnMs - 1000 })
})

test('a reservation that is answered after the shard was given away leaves no figure', async () => {
  const { time, world, source } = setUp()
  const answered = Promise.withResolvers<void>()
  world.answers = answered.promise
  source.keep()
  await time.advance()
  source.stop()
  answered.resolve()
  await time.advance()
  expect(source.reserved).toBe(5)
  expect(world.inReserve).toEqual([false])
})

test('a holder whose lease is another’s is told so, and asks again no sooner than a moment later', async () => {
  const { world, source } = setUp()
  world.failure = new MeshError({ kind: 'StaleEpoch', offered: 1, current: 2 })
  expect(await source.request()).toEqual({ type: 'no-permit', retryAfterMs: 2000 })
  expect(world.isLost).toBe(true)
})

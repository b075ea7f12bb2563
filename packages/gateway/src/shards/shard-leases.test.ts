import { gatewayIdOf, type ShardLease } from '@guildmesh/contracts'
import { ManualTime } from '@guildmesh/runtime/testing'
import { expect, test } from 'vitest'
import { ShardLeases } from './shard-leases.ts'
import type { ShardLeasePort } from './shard-ports.ts'

const self = { gatewayId: gatewayIdOf(0), incarnation: () => ({ registration: 1, restart: 0 }) }
const terms = { leaseTtlMs: 2500, renewEveryMs: 500 }
const held = [
  { shardId: 0, epoch: 4 },
  { shardId: 1, epoch: 5 },
]
const lease: ShardLease = {
  shardId: 0,
  shardCount: 3,
  holder: self.gatewayId,
  epoch: 4,
  session: null,
  endedGeneration: 0,
  parked: [],
}

function setUp(port: Partial<ShardLeasePort> = {}) {
  const time = new ManualTime()
  const warnings: string[] = []
  const leases = new ShardLeases({
    self,
    port: {
      acquire: async () => ({ shardCount: 3, acquired: [lease], lease: terms }),
      renew: async () => ({ lease: terms, kept: held, lost: [], handOver: [], nowMs: null }),
      release: async () => {},
      leave: async () => {},
      ...port,
    },
    clock: time,
    log: { debug() {}, info() {}, warn: (_, message) => void warnings.push(message), error() {} },
  })
  return { time, leases, warnings }
}

const away = async () => {
  throw new Error('the config API is away')
}

test('the first lease counts from when it was asked for, and ends unless it is renewed (R1)', async () => {
  const { time, leases } = setUp({
    acquire: async () => {
      await time.advance(1000)
      return { shardCount: 3, acquired: [lease], lease: terms }
    },
  })
  expect(leases.mayHold()).toBe(false)
  expect(await leases.acquire(3, () => true)).toEqual([lease])
  expect(leases.mayHold()).toBe(true)
  await time.advance(1499)
  expect(leases.mayHold()).toBe(true)
  await time.advance(1)
  expect(leases.mayHold()).toBe(false)
})

test('another shard renews nothing of those that are held already (R1)', async () => {
  const { time, leases } = setUp()
  await leases.acquire(3, () => true)
  await time.advance(2499)
  await leases.acquire(3, () => false)
  await time.advance(1)
  expect(leases.mayHold()).toBe(false)
})

test('while the config API cannot be reached, what is held stays held (R1)', async () => {
  const { time, leases } = setUp({ renew: away })
  await leases.acquire(3, () => true)
  for (let tries = 0; tries < 20; tries++) {
    await time.advance(500)
    expect(await leases.renew(held)).toBeNull()
    expect(leases.mayHold()).toBe(true)
  }
  await time.advance(2500)
  expect(leases.mayHold()).toBe(false)
})

test('a lease that is not kept at its epoch is lost', async () => {
  const { leases } = setUp({
    renew: async () => ({
      lease: terms,
      kept: [
        { shardId: 0, epoch: 6 },
        { shardId: 1, epoch: 5 },
      ],
      lost: [],
      handOver: [1],
      nowMs: null,
    }),
  })
  expect(await leases.renew(held)).toEqual({ lost: [{ shardId: 0, epoch: 4 }], handOver: [1] })
})

test('the time of the mesh comes with a renewal, and goes on from there', async () => {
  const { time, leases } = setUp({
    renew: async () => ({ lease: terms, kept: held, lost: [], handOver: [], nowMs: 1_800_000_000_000 }),
  })
  expect(leases.meshNowMs()).toBeNull()
  await leases.renew(held)
  await time.advance(250)
  expect(leases.meshNowMs()).toBe(1_800_000_000_250)
})

test('nobody who cannot be reached stops a gateway that leaves, and no shards come from there', async () => {
  const { leases } = setUp({ acquire: away, leave: away })
  expect(await leases.acquire(3, () => true)).toEqual([])
  expect(leases.mayHold()).toBe(false)
  await leases.leave()
})

test('a gateway that would choose another number of shards says so, and keeps to that of the mesh', async () => {
  const { leases, warnings } = setUp()
  expect(await leases.acquire(5, () => true)).toEqual([lease])
  expect(warnings).toEqual([expect.stringContaining('another number of shards')])
})

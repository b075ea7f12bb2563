import type { ShardLease } from '@guildmesh/contracts'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { ConfigCore } from '../src/config-core.ts'
import { createTestDatabase, type TestDatabase } from '@guildmesh/postgres-dev/test-postgres'
import { callAs, edge, startCore, type TestGateway } from './start-core.ts'

/** A database and two replicas of the config API on it. */
export interface ShardWorld {
  readonly database: TestDatabase
  readonly first: ConfigCore
  readonly second: ConfigCore
}

/** Sets the world up for the tests of a file, and empties it before each. @param identifyLimit IDENTIFYs a day */
export function shardWorld(identifyLimit: number): ShardWorld {
  let world: ShardWorld
  beforeAll(async () => {
    const database = await createTestDatabase()
    const options = { leaseExpireAfterMs: 3_600_000, identifyLimit }
    const first = await startCore(database.url, { ...options, name: 'config-a' })
    const second = await startCore(database.url, { ...options, name: 'config-b' })
    world = { database, first, second }
  })
  afterAll(async () => {
    await world.first[Symbol.asyncDispose]()
    await world.second[Symbol.asyncDispose]()
    await world.database[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    for (const table of ['gateways', 'shard_leases', 'identifies', 'gap_ledger'])
      await world.database.query(`DELETE FROM ${table}`)
    await world.database.query('UPDATE mesh SET shard_count = NULL')
  })
  return {
    get database() {
      return world.database
    },
    get first() {
      return world.first
    },
    get second() {
      return world.second
    },
  }
}

export const session = {
  generation: 7,
  sessionId: 'abc',
  resumeUrl: 'wss://gateway-us-east1-b.discord.gg',
  seq: 41,
}

export async function acquire(
  { gatewayId, incarnation, calls }: TestGateway,
  shardCount: number,
): Promise<readonly ShardLease[]> {
  return (await calls.shards.lease.acquire({ gatewayId, incarnation, shardCount, waitMs: 0 })).acquired
}

export function renew({ gatewayId, incarnation, calls }: TestGateway, held: readonly ShardLease[]) {
  return calls.shards.lease.renew({
    gatewayId,
    incarnation,
    held: held.map(({ shardId, epoch }) => ({ shardId, epoch })),
  })
}

/** A lease as its holder names it. */
export function claim({ gatewayId, incarnation }: TestGateway, { shardId, epoch }: ShardLease) {
  return { gatewayId, incarnation, shardId, epoch }
}

/** The one lease that was given. @throws Error if there is none */
export async function only(leases: Promise<readonly ShardLease[]>): Promise<ShardLease> {
  const [lease] = await leases
  if (!lease) throw new Error('no shard was leased')
  return lease
}

export async function holders({ first }: ShardWorld): Promise<(string | null)[]> {
  const { shards } = await callAs(first, edge).shards.lease.list()
  return shards.map(({ holder }) => holder)
}

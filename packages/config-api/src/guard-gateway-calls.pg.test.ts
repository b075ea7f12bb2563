import { type ConfigPort, configRouter, describeProcedures, gatewayIdOf } from '@guildmesh/contracts'
import { isRecord } from '@guildmesh/runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { callAs, failureOf, gatewayCaller, noLoad, registerGateway, startCore } from '../test/start-core.ts'
import type { ConfigCore } from './config-core.ts'
import { createTestDatabase, type TestDatabase } from '@guildmesh/postgres-dev/test-postgres'

let database: TestDatabase
let core: ConfigCore

beforeAll(async () => {
  database = await createTestDatabase()
  core = await startCore(database.url)
  await registerGateway(core, 0)
  await registerGateway(core, 1)
})
afterAll(async () => {
  await core[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

const gatewayId = gatewayIdOf(0)
const incarnation = { registration: 1, restart: 0 }
const lease = { gatewayId, incarnation, shardId: 0, epoch: 1 }
const registration = {
  gatewayId,
  address: 'ws://127.0.0.1:3000',
  region: 'test',
  version: '1',
  capacity: 10,
  previous: null,
}

/** What each procedure in which a gateway acts for itself is called with, by its path. */
const attempts: Record<string, (calls: ReturnType<typeof callAs>) => Promise<unknown>> = {
  'gateways.register': (calls) => calls.gateways.register(registration),
  'gateways.heartbeat': (calls) => calls.gateways.heartbeat({ gatewayId, incarnation, load: noLoad }),
  'shards.lease.acquire': (calls) => calls.shards.lease.acquire({ gatewayId, incarnation, shardCount: 1 }),
  'shards.lease.leave': (calls) => calls.shards.lease.leave({ gatewayId, incarnation }),
  'shards.lease.renew': (calls) => calls.shards.lease.renew({ gatewayId, incarnation, held: [] }),
  'shards.lease.release': (calls) => calls.shards.lease.release({ ...lease, session: null }),
  'shards.checkpoint.store': (calls) => calls.shards.checkpoint.store({ ...lease, session: null }),
  'shards.gapLedger.record': (calls) =>
    calls.shards.gapLedger.record({
      ...lease,
      guildId: null,
      after: { generation: 1, seq: 0 },
      before: null,
      reason: 'not-held',
      guilds: 0,
      undelivered: 0,
    }),
  'shards.identify.reserve': (calls) => calls.shards.identify.reserve({ ...lease }),
  'shards.identify.permit': (calls) => calls.shards.identify.permit({ ...lease, maxConcurrency: 1 }),
}

const ownPaths = [...describeProcedures(configRouter)].flatMap(([path, { meta }]) =>
  meta.ownerKey === 'gatewayId' ? [path] : [],
)

describe.each(ownPaths)('%s', (path) => {
  test('gateway-1 cannot act as gateway-0', async () => {
    const attempt = attempts[path]
    if (!attempt) throw new Error(`${path} acts for a gateway, and no test calls it`)
    expect(await failureOf(attempt(callAs(core, gatewayCaller(1))))).toEqual({
      kind: 'Forbidden',
      reason: 'only gateway-0 itself may do this',
    })
  })

  test('nor can any other kind of caller', async () => {
    const attempt = attempts[path]
    if (!attempt) throw new Error(`${path} acts for a gateway, and no test calls it`)
    for (const calls of [
      callAs(core, { kind: 'service', name: 'edge-0', role: 'edge', gatewayId: null }),
      callAs(core, { kind: 'operator', actor: 'somebody', userId: null }),
      callAs(core, { kind: 'joining', name: 'gateway-0' }),
      callAs(core, { kind: 'service', name: 'gateway-x', role: 'gateway', gatewayId: null }),
    ]) {
      expect(await failureOf(attempt(calls))).toMatchObject({ kind: 'Forbidden' })
    }
  })
})

test('the guard passes everything else on', () => {
  const described = [...describeProcedures(configRouter).keys()]
  const missing = described.filter((path) => {
    let at: unknown = core.port satisfies ConfigPort
    for (const name of path.split('.')) at = isRecord(at) ? at[name] : undefined
    return typeof at !== 'function'
  })
  expect(missing).toEqual([])
})

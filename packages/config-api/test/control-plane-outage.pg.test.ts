import { configRouter } from '@guildmesh/contracts'
import {
  connectMesh,
  createIdentity,
  followAssignments,
  joinToken,
  Metrics,
  RoutingTable,
  within,
} from '@guildmesh/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createConfigApp } from '../src/app.ts'
import { readConfig } from '../src/config.ts'
import { createTestDatabase, type TestDatabase } from '@guildmesh/postgres-dev/test-postgres'
import { callAs, edge, guild, joinSecret, quiet, registerGateway, startCore } from './start-core.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
})

function startApp(port: number) {
  const environment = {
    HOST: '127.0.0.1',
    PORT: String(port),
    OPS_HOST: '127.0.0.1',
    OPS_PORT: '0',
    MESH_JOIN_SECRET: joinSecret.reveal(),
    DATABASE_URL: database.url,
  }
  return createConfigApp(readConfig(environment), { logger: quiet })
}

test('T6: an outage of every config API expires nothing; afterwards the table catches up', async () => {
  const metrics = new Metrics({ processMetrics: false })
  const app = await startApp(0)
  const mesh = { logger: quiet, metrics, router: configRouter, audience: 'config', urls: [app.url] }
  const identity = await createIdentity('edge-1')
  {
    await using joining = connectMesh({ ...mesh, self: { token: () => joinToken(joinSecret, 'edge-1') } })
    const { name, kid, publicKey } = identity
    await joining.client.services.enrol.mutate({ name, kid, publicKey }, within(5000))
  }
  await using connection = connectMesh({ ...mesh, self: identity })
  await using other = await startCore(database.url, { name: 'config-other' })
  await registerGateway(other, 0)
  const before = await callAs(other, edge).assignments.ensure({ guildId: guild(1) })

  const table = new RoutingTable()
  const stopping = new AbortController()
  const following = followAssignments({ connection, table, logger: quiet, signal: stopping.signal })
  await table.complete
  await expect.poll(() => table.ownerOf(guild(1))).toEqual(before)

  let snapshots = 0
  table.onChange(({ type }) => {
    if (type === 'snapshot') snapshots++
  })
  await app[Symbol.asyncDispose]()
  const during = await callAs(other, edge).assignments.ensure({ guildId: guild(2) })
  expect(table.ownerOf(guild(1))).toEqual(before)
  expect(table.gateway(before.gatewayId)).not.toBeNull()

  await using back = await startApp(app.port)
  expect(back.port).toBe(app.port)
  await expect.poll(() => table.ownerOf(guild(2)), { timeout: 20_000 }).toEqual(during)
  expect(table.ownerOf(guild(1))).toEqual(before)
  expect(snapshots).toBe(0)
  stopping.abort()
  await following
}, 60_000)

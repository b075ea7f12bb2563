import { createServer, type Server } from 'node:net'
import { randomUUID } from 'node:crypto'
import { gatewayIdOf, type GatewayPort, gatewayRouter, MeshError } from '@guildmesh/contracts'
import { createAuthenticator, Metrics, startMeshServer } from '@guildmesh/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConfigCore } from '../src/config-core.ts'
import { createTestDatabase, type TestDatabase } from '@guildmesh/postgres-dev/test-postgres'
import { callAs, edge, failureOf, gatewayCaller, guild, quiet, startCore } from './start-core.ts'
import { FakeSourceGateways } from './fake-source-gateways.ts'

let database: TestDatabase
let core: ConfigCore
const gatewayId = gatewayIdOf(0)
const sources = new FakeSourceGateways()

beforeAll(async () => {
  database = await createTestDatabase()
  core = await startCore(database.url, { leaseExpireAfterMs: 3_600_000 })
})
afterAll(async () => {
  await core[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

function unused(): Promise<never> {
  return Promise.reject(new MeshError({ kind: 'Forbidden', reason: 'not in this test' }))
}

async function* nothing() {}

/** A gateway's mesh server that answers the commands of a move, and nothing else. */
function startGateway() {
  const implementation: GatewayPort = {
    guild: { overview: unused, activity: unused, member: unused, changes: nothing },
    events: { deliver: unused, parked: unused, forgetParked: unused },
    interactions: { handle: unused },
    ownership: {
      releaseEmpty: async (input) => {
        await sources.releaseEmpty(gatewayId, input)
        return { released: true }
      },
      reclaim: async (input) => {
        await sources.reclaim(gatewayId, input)
        return { reclaimed: true }
      },
    },
    probe: { chains: unused },
    health: unused,
  }
  return startMeshServer({
    host: '127.0.0.1',
    port: 0,
    router: gatewayRouter,
    implementation,
    authenticator: createAuthenticator({
      audience: gatewayId,
      keySource: { keys: async () => (await callAs(core, gatewayCaller(0)).services.keys()).keys },
    }),
    logger: quiet,
    metrics: new Metrics({ processMetrics: false }),
  })
}

async function register(ordinal: number, address: string): Promise<void> {
  await callAs(core, gatewayCaller(ordinal)).gateways.register({
    gatewayId: gatewayIdOf(ordinal),
    address,
    region: 'test',
    version: '1',
    capacity: 10,
    previous: null,
  })
}

function move(number: number) {
  return callAs(core, edge).moves.start({
    guildId: guild(number),
    target: 'gateway-1',
    reason: 'test',
    idempotencyKey: randomUUID(),
  })
}

/** A port on which nobody answers: connections are taken and nothing is said. */
async function silentPort(): Promise<{ server: Server; port: number }> {
  const server = createServer(() => {})
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { server, port: address.port }
}

test('a move reaches the gateway at its registered address, with a token that the gateway knows', async () => {
  await using gateway = await startGateway()
  await register(0, gateway.url)
  await callAs(core, edge).assignments.ensure({ guildId: guild(1) })
  await register(1, 'ws://127.0.0.1:31001')
  expect(await move(1)).toMatchObject({ state: 'done', source: gatewayId })
  expect(sources.commands).toEqual(['release gateway-0'])
})

test('what the gateway refuses comes back as its own failure', async () => {
  await using gateway = await startGateway()
  await register(0, gateway.url)
  await callAs(core, gatewayCaller(0)).assignments.ensure({ guildId: guild(2) })
  sources.data.set(guild(2), { message_stats: 3 })
  expect(await failureOf(move(2))).toEqual({
    kind: 'GuildHasData',
    guildId: guild(2),
    tables: { message_stats: 3 },
  })
})

test('a gateway that does not answer leaves the move open, and ends it when it is back at another address', async () => {
  const { server, port } = await silentPort()
  await register(0, `ws://127.0.0.1:${port}`)
  await callAs(core, gatewayCaller(0)).assignments.ensure({ guildId: guild(3) })
  expect(await move(3)).toMatchObject({ state: 'freezing' })
  await using gateway = await startGateway()
  await register(0, gateway.url)
  await expect
    .poll(async () => (await callAs(core, edge).moves.list({ guildId: guild(3) })).moves[0]?.state, {
      timeout: 20_000,
    })
    .toBe('done')
  server.close()
})

import { createHash, randomUUID } from 'node:crypto'
import { configRouter, describeProcedures, UserId } from '@guildmesh/contracts'
import { createTestDatabase, type TestDatabase } from '@guildmesh/postgres-dev/test-postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConfigCore } from '../src/config-core.ts'
import { FakeSourceGateways } from './fake-source-gateways.ts'
import { callAs, edge, guild, operator, registerGateway, startCore } from './start-core.ts'

let database: TestDatabase
let core: ConfigCore
let moveId: string
const tokenHash = createHash('sha256').update('a session').digest('hex')

beforeAll(async () => {
  database = await createTestDatabase()
  core = await startCore(database.url, { leaseExpireAfterMs: 3_600_000, sources: new FakeSourceGateways() })
  for (const ordinal of [0, 1]) await registerGateway(core, ordinal)
  const calls = callAs(core, edge)
  await calls.assignments.ensure({ guildId: guild(1) })
  const idempotencyKey = randomUUID()
  const move = await calls.moves.start({
    guildId: guild(1),
    target: 'gateway-1',
    reason: 'r',
    idempotencyKey,
  })
  moveId = move.moveId
  await calls.sessions.create({
    tokenHash,
    user: { userId: UserId.parse('100000000000000042'), name: 'Ada', avatar: null },
    sealedTokens: 'sealed',
    lifetimeMs: 60_000,
  })
  const name = (await database.query<{ name: string }>('SELECT current_database() AS name'))[0]?.name
  await database.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`)
  await database.killConnections()
})
afterAll(async () => {
  await core[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

/** Every query of the config API, by its path. */
const queries: Record<string, () => Promise<unknown>> = {
  'gateways.list': () => callAs(core, edge).gateways.list({}),
  'assignments.lookup': () => callAs(core, edge).assignments.lookup({ guildId: guild(1) }),
  'assignments.list': () => callAs(core, edge).assignments.list({}),
  'shards.lease.list': () => callAs(core, edge).shards.lease.list(),
  'shards.gapLedger.list': () => callAs(core, edge).shards.gapLedger.list({}),
  'moves.get': () => callAs(core, edge).moves.get({ moveId }),
  'moves.list': () => callAs(core, edge).moves.list({}),
  'services.keys': () => callAs(core, edge).services.keys(),
  'sessions.find': () => callAs(core, edge).sessions.find({ tokenHash }),
  'operators.list': () => callAs(core, operator).operators.list(),
  'audit.list': () => callAs(core, operator).audit.list({}),
}

const paths = [...describeProcedures(configRouter)].flatMap(([path, { type }]) =>
  type === 'query' ? [path] : [],
)

test.each(paths)(
  'a query never changes anything: %s answers from a database that takes no writes',
  async (path) => {
    const query = queries[path]
    if (!query) throw new Error(`${path} is a query, and no test calls it`)
    expect(await query()).toBeTypeOf('object')
  },
)

test('a change fails on such a database, so the tests above can fail', async () => {
  const limits = { signal: new AbortController().signal, remainingMs: () => 5000 }
  const change = core.database.run((one) => one.execute('UPDATE mesh SET timeline = timeline'), limits)
  await expect(change).rejects.toMatchObject({
    cause: { message: expect.stringMatching(/read-only/) as unknown },
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RoutingTable } from '@guildmesh/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConfigCore } from '../src/config-core.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@guildmesh/postgres-dev'
import { silentLog, unsafeButFast } from '@guildmesh/postgres-dev/test-postgres'
import { callAs, edge, failureOf, guild, noLoad, registerGateway, startCore } from './start-core.ts'

let folder: string
let postgres: EmbeddedPostgres
let core: ConfigCore

async function startPostgres(): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({
    dataDir: join(folder, 'data'),
    logger: silentLog,
    settings: { ...unsafeButFast, synchronous_commit: 'on', full_page_writes: 'on' },
  })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guildmesh-outage-'))
  postgres = await startPostgres()
  core = await startCore(postgres.url)
})
afterAll(async () => {
  await core[Symbol.asyncDispose]()
  await postgres.stop()
  await rm(folder, { recursive: true, force: true })
})

function watch(table: RoutingTable, signal: AbortSignal): Promise<void> {
  const call = { caller: edge, remainingMs: () => null, traceparent: null, signal }
  return (async () => {
    for await (const event of core.port.assignments.watch({}, call)) table.apply(event)
  })()
}

async function serves(number: number): Promise<boolean> {
  return callAs(core, edge)
    .assignments.ensure({ guildId: guild(number) })
    .then(
      () => true,
      () => false,
    )
}

test('T8: every connection is cut, and the service goes on as if nothing had been', async () => {
  const { gatewayId, incarnation, calls } = await registerGateway(core, 0)
  const table = new RoutingTable()
  const stopping = new AbortController()
  const watching = watch(table, stopping.signal)
  await table.complete
  for (let round = 0; round < 3; round++) {
    const cut = core.database.run(
      (queries) =>
        queries.execute(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()
          AND application_name LIKE 'guildmesh%'`),
      { signal: stopping.signal, remainingMs: () => 3000 },
    )
    // Calls that were under way are taken again within their own deadline.
    await Promise.all([
      cut,
      ...Array.from({ length: 20 }, (_, index) =>
        callAs(core, edge).assignments.ensure({ guildId: guild(100 * round + index) }),
      ),
      calls.gateways.heartbeat({ gatewayId, incarnation, load: noLoad }),
    ])
  }
  await expect.poll(() => table.size, { timeout: 10_000 }).toBe(60)
  stopping.abort()
  await watching
})

test('T8, T6: PostgreSQL is away: calls fail in type, the watch holds what it has, and both come back by themselves', async () => {
  await registerGateway(core, 0)
  const table = new RoutingTable()
  const stopping = new AbortController()
  const watching = watch(table, stopping.signal)
  await table.complete
  const known = await callAs(core, edge).assignments.ensure({ guildId: guild(900) })
  await expect.poll(() => table.ownerOf(guild(900))).toEqual(known)

  await postgres.stop()
  const lookup = callAs(core, edge).assignments.lookup({ guildId: guild(900) })
  expect(['Unavailable', 'DeadlineExceeded']).toContain((await failureOf(lookup)).kind)
  expect(table.ownerOf(guild(900))).toEqual(known)

  postgres = await startPostgres()
  await expect.poll(() => serves(901), { timeout: 20_000 }).toBe(true)
  await expect.poll(() => table.ownerOf(guild(901)), { timeout: 20_000 }).not.toBeNull()
  expect(table.ownerOf(guild(900))).toEqual(known)
  stopping.abort()
  await watching
}, 60_000)

test('T8: a config API that starts before PostgreSQL waits for it', async () => {
  await postgres.stop()
  const waiting = startCore(postgres.url, { name: 'config-early' })
  postgres = await startPostgres()
  await using early = await waiting
  expect(await callAs(early, edge).gateways.list({})).toHaveProperty('gateways')
}, 60_000)

test('a database that does not exist fails the start at once', async () => {
  await expect(startCore(postgres.urlOf('nowhere'))).rejects.toThrow(/"nowhere" does not exist/)
})

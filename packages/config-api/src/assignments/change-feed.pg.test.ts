import { gatewayIdOf, type WatchEvent } from '@guildmesh/contracts'
import { RoutingTable } from '@guildmesh/runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  callAs,
  edge,
  gatewayCaller,
  guild,
  noLoad,
  registerGateway,
  startCore,
} from '../../test/start-core.ts'
import type { ConfigCore } from '../config-core.ts'
import { trimChanges } from '../leases/housekeeping.ts'
import { createTestDatabase, type TestDatabase } from '@guildmesh/postgres-dev/test-postgres'

let database: TestDatabase
let first: ConfigCore
let second: ConfigCore

beforeAll(async () => {
  database = await createTestDatabase()
  first = await startCore(database.url, { name: 'config-a' })
  second = await startCore(database.url, { name: 'config-b' })
  for (const ordinal of [0, 1, 2]) await registerGateway(first, ordinal)
})
afterAll(async () => {
  await first[Symbol.asyncDispose]()
  await second[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

/** Watches a replica into a routing table, as edges and gateways do. */
function watch(core: ConfigCore, cursor?: string) {
  const stopping = new AbortController()
  const call = { ...systemCall, signal: stopping.signal }
  const input = cursor === undefined ? {} : { lastEventId: cursor }
  const table = new RoutingTable()
  const events: WatchEvent[] = []
  const ended = (async () => {
    for await (const event of core.port.assignments.watch(input, call)) {
      events.push(event)
      table.apply(event)
    }
  })()
  return {
    table,
    events,
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await ended
    },
  }
}

const systemCall = { caller: edge, remainingMs: () => null, traceparent: null }

function revisionOf({ cursor }: WatchEvent): number {
  return Number(cursor.split(':')[1])
}

function ensure(core: ConfigCore, number: number) {
  return callAs(core, gatewayCaller(0)).assignments.ensure({ guildId: guild(number) })
}

async function assignedGuilds(): Promise<Map<string, string>> {
  const rows = await database.query<{ guild_id: string; gateway_id: string }>(
    'SELECT guild_id, gateway_id FROM assignments',
  )
  return new Map(rows.map((row) => [row.guild_id, row.gateway_id]))
}

function insert(number: number, gatewayId: string): string {
  return `INSERT INTO assignments (guild_id, gateway_id, epoch, cause) VALUES ('${guild(number)}', '${gatewayId}', 1, 'test')`
}

describe('T12: a later change is seen', () => {
  test('whichever replica made it, and whichever is watched', async () => {
    await using onFirst = watch(first)
    await using onSecond = watch(second)
    await Promise.all([onFirst.table.complete, onSecond.table.complete])
    const a = await ensure(first, 1)
    const b = await ensure(second, 2)
    for (const { table } of [onFirst, onSecond]) {
      await expect.poll(() => table.ownerOf(guild(1))).toEqual(a)
      await expect.poll(() => table.ownerOf(guild(2))).toEqual(b)
    }
  })

  test('a gateway that is cordoned, or comes back elsewhere, is seen too; its heartbeats are no news', async () => {
    await using watching = watch(second)
    await watching.table.complete
    const gatewayId = gatewayIdOf(2)
    const seen = () => watching.table.gateway(gatewayId)
    const calls = callAs(first, edge)
    await calls.gateways.cordon({ gatewayId, reason: 'r' })
    await expect.poll(() => seen()?.status).toBe('cordoned')
    const { incarnation, calls: own } = await registerGateway(first, 2, { address: 'ws://127.0.0.1:31002' })
    await expect.poll(seen).toMatchObject({ address: 'ws://127.0.0.1:31002', incarnation })
    const news = () => watching.events.filter(({ type }) => type === 'gateway').length
    const before = news()
    for (let beat = 0; beat < 3; beat++) {
      await own.gateways.heartbeat({ gatewayId, incarnation, load: noLoad })
    }
    // Changes come in order, so a change that the heartbeats made would come before this one.
    await calls.gateways.uncordon({ gatewayId, reason: 'r' })
    await expect.poll(() => seen()?.status).toBe('active')
    expect(news()).toBe(before + 1)
  })
})

describe('the order of changes', () => {
  test('revisions are seen in rising order and none is missed, however many write at once', async () => {
    await using early = watch(first)
    await early.table.complete
    const numbers = Array.from({ length: 200 }, (_, index) => 1000 + index)
    await Promise.all(numbers.map((number) => ensure(number % 2 === 0 ? first : second, number)))
    await expect.poll(() => early.table.size, { timeout: 10_000 }).toBe((await assignedGuilds()).size)
    const revisions = early.events.filter(({ type }) => type === 'assignment').map(revisionOf)
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b))
    expect(new Set(revisions).size).toBe(revisions.length)
    for (const [guildId, gatewayId] of await assignedGuilds()) {
      expect(early.table.ownerOf(guild(Number(BigInt(guildId) - 100_000_000_000_000_000n)))?.gatewayId).toBe(
        gatewayId,
      )
    }
  })

  test('a revision that was seen has every lower one before it: no commit comes in late', async () => {
    await using watching = watch(first)
    await watching.table.complete
    // It writes first and commits last; its revision is drawn at the commit.
    await using slow = await database.session()
    await slow.query('BEGIN')
    await slow.query(insert(5001, 'gateway-0'))
    await database.query(insert(5002, 'gateway-1'))
    await expect.poll(() => watching.table.ownerOf(guild(5002))).not.toBeNull()
    await slow.query('COMMIT')
    await expect.poll(() => watching.table.ownerOf(guild(5001))).not.toBeNull()
    const order = watching.events.flatMap((event) =>
      event.type === 'assignment' ? [event.assignment.guildId] : [],
    )
    expect(order).toEqual([guild(5002), guild(5001)])
    const revisions = watching.events.filter(({ type }) => type === 'assignment').map(revisionOf)
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b))
  })
})

describe('resuming', () => {
  test('brings exactly what was missed, without a snapshot', async () => {
    let cursor: string | undefined
    {
      await using before = watch(first)
      await before.table.complete
      cursor = before.table.revision ?? undefined
    }
    const missed = await ensure(first, 6001)
    await using after = watch(second, cursor)
    await expect.poll(() => after.table.ownerOf(guild(6001))).toEqual(missed)
    expect(after.events.map(({ type }) => type)).toEqual(['assignment'])
  })

  test('begins with a snapshot if the log was trimmed, is of another timeline, or ends before the cursor', async () => {
    await using before = watch(first)
    await before.table.complete
    const cursor = before.table.revision ?? ''
    await ensure(first, 6101)
    await ensure(first, 6102)
    await trimChanges(first.database, 1, new AbortController().signal)
    for (const stale of [cursor, '9:1', '0:0', '1:999999999']) {
      await using resumed = watch(second, stale)
      await resumed.table.complete
      await expect.poll(() => resumed.table.size).toBe((await assignedGuilds()).size)
      expect(resumed.events[0]).toMatchObject({ type: 'snapshot', first: true })
    }
  })

  test('a snapshot of several pages can only be resumed after its last one', async () => {
    await database.query(`
      INSERT INTO assignments (guild_id, gateway_id, epoch, cause)
      SELECT (200000000000000000 + n)::text, 'gateway-1', 1, 'test' FROM generate_series(1, 2500) AS n`)
    await using watching = watch(first)
    await watching.table.complete
    const pages = watching.events.flatMap((event) => (event.type === 'snapshot' ? [event] : []))
    expect(pages.map(({ first: isFirst, complete }) => [isFirst, complete])).toEqual([
      [true, false],
      [false, false],
      [false, true],
    ])
    expect(pages.slice(0, -1).map(({ cursor }) => cursor)).toEqual(['0:0', '0:0'])
    expect(watching.table.size).toBe((await assignedGuilds()).size)
  })
})

test('a watcher that is up to date hears so', async () => {
  await using watching = watch(first)
  await watching.table.complete
  await expect.poll(() => watching.events.at(-1)?.type, { timeout: 10_000 }).toBe('current')
  expect(watching.events.at(-1)?.cursor).toBe(watching.table.revision)
})

import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FakeSourceGateways } from '../../test/fake-source-gateways.ts'
import {
  callAs,
  edge,
  failureOf,
  guild,
  operator,
  registerGateway,
  startCore,
} from '../../test/start-core.ts'
import type { ConfigCore } from '../config-core.ts'
import { createTestDatabase, type TestDatabase } from '@guildmesh/postgres-dev/test-postgres'

let database: TestDatabase
let sources: FakeSourceGateways
let core: ConfigCore
const guildId = guild(1)
const hour = 3_600_000

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  for (const table of ['moves', 'assignments', 'assignment_history', 'gateways']) {
    await database.query(`DELETE FROM ${table}`)
  }
  sources = new FakeSourceGateways()
  core = await replica()
  for (const ordinal of [0, 1, 2]) await registerGateway(core, ordinal)
  await callAs(core, edge).assignments.ensure({ guildId })
})
afterEach(async () => {
  await core[Symbol.asyncDispose]()
})

function replica(timing: { deadlineMs?: number; stepMs?: number } = {}): Promise<ConfigCore> {
  return startCore(database.url, {
    sources,
    leaseExpireAfterMs: hour,
    moveTiming: { deadlineMs: timing.deadlineMs ?? hour, stepMs: timing.stepMs ?? 300 },
  })
}

function move(
  by: ConfigCore = core,
  change: { target?: string; idempotencyKey?: string; guildId?: string } = {},
) {
  return callAs(by, edge).moves.start({
    guildId,
    target: 'gateway-1',
    reason: 'too full',
    idempotencyKey: randomUUID(),
    actor: 'user:42',
    ...change,
  })
}

function owner() {
  return callAs(core, edge).assignments.lookup({ guildId })
}

async function newest() {
  const { moves } = await callAs(core, edge).moves.list({ guildId })
  return moves[0]
}

/** Makes every open move due at once, so that a reconciler takes it without waiting. */
async function makeDue(overdue = false): Promise<void> {
  await database.query(
    `UPDATE moves SET next_step_at = clock_timestamp(), deadline_at = CASE WHEN $1 THEN clock_timestamp() ELSE deadline_at END
     WHERE ended_at IS NULL`,
    [overdue],
  )
}

describe('moving a guild without data', () => {
  test('owner and epoch change together, the history and the audit log tell why', async () => {
    const done = await move()
    expect(done).toMatchObject({ state: 'done', source: 'gateway-0', target: 'gateway-1', fromEpoch: 1 })
    expect(await owner()).toMatchObject({ gatewayId: 'gateway-1', epoch: 2 })
    const history = await database.query(
      'SELECT gateway_id, epoch, cause FROM assignment_history ORDER BY epoch',
    )
    expect(history).toMatchObject([
      { gateway_id: 'gateway-0', epoch: '1' },
      { gateway_id: 'gateway-1', epoch: '2', cause: `move ${done.moveId}` },
    ])
    const { gateways } = await callAs(core, edge).gateways.list({})
    expect(gateways.map(({ guildCount }) => guildCount)).toEqual([0, 1, 0])
    const { entries } = await callAs(core, operator).audit.list({ limit: 1 })
    expect(entries[0]).toMatchObject({ actor: 'user:42', action: 'guild.move', reason: 'too full' })
  })

  test('a guild with data stays where it is, and the move is closed with the reason', async () => {
    sources.data.set(guildId, { message_stats: 12 })
    const idempotencyKey = randomUUID()
    const failure = { kind: 'GuildHasData', guildId, tables: { message_stats: 12 } }
    expect(await failureOf(move(core, { idempotencyKey }))).toEqual(failure)
    expect(await owner()).toMatchObject({ gatewayId: 'gateway-0', epoch: 1 })
    expect(await newest()).toMatchObject({ state: 'aborted', failure })
    expect(await failureOf(move(core, { idempotencyKey }))).toEqual(failure)
    expect(sources.commands).toEqual(['release gateway-0'])
  })

  test('the same key gives the same move; another move cannot use it', async () => {
    const idempotencyKey = randomUUID()
    const first = await move(core, { idempotencyKey })
    expect(await move(core, { idempotencyKey })).toEqual(first)
    expect(await failureOf(move(core, { idempotencyKey, target: 'gateway-2' }))).toMatchObject({
      kind: 'InvalidInput',
    })
    expect(await owner()).toMatchObject({ epoch: 2 })
  })

  test('a request that is sent twice at once is one move, with one entry in the audit log', async () => {
    const idempotencyKey = randomUUID()
    const before = (await callAs(core, operator).audit.list({})).entries.length
    const twice = await Promise.all([move(core, { idempotencyKey }), move(core, { idempotencyKey })])
    expect(twice[0].moveId).toBe(twice[1].moveId)
    expect((await callAs(core, operator).audit.list({})).entries).toHaveLength(before + 1)
  })
})

test('a start that waits for a change of owner moves the guild from its new one', async () => {
  await using other = await database.session()
  await other.query('BEGIN')
  await other.query(
    `UPDATE assignments SET gateway_id = 'gateway-2', epoch = 2 WHERE guild_id = '${guildId}'`,
  )
  const started = move()
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
  await expect.poll(() => database.query(waiting)).toHaveLength(1)
  await other.query('COMMIT')
  expect(await started).toMatchObject({
    state: 'done',
    source: 'gateway-2',
    target: 'gateway-1',
    fromEpoch: 2,
  })
})

describe('I6: at most one open move a guild', () => {
  test('a second one is refused while the first is open', async () => {
    sources.weather = 'unreachable'
    const open = await move()
    expect(open).toMatchObject({ state: 'freezing', endedAt: null })
    expect(await failureOf(move(core, { target: 'gateway-2' }))).toEqual({
      kind: 'MoveConflict',
      guildId,
      moveId: open.moveId,
      state: 'freezing',
    })
  })

  test('of many that start at once on two replicas, one moves the guild', async () => {
    await using other = await replica()
    const release = sources.holdAnswers()
    const started = Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => move(index % 2 ? core : other)),
    )
    await expect.poll(() => sources.commands.length).toBeGreaterThan(0)
    release()
    const outcomes = await started
    const won = outcomes.filter(({ status }) => status === 'fulfilled')
    expect(won).toHaveLength(1)
    expect(await owner()).toMatchObject({ gatewayId: 'gateway-1', epoch: 2 })
  })
})

test('moves in every direction at once, beside guilds that arrive, neither block one another nor miscount', async () => {
  await using other = await replica()
  const numbers = Array.from({ length: 24 }, (_, index) => 100 + index)
  for (const number of numbers) await callAs(core, edge).assignments.ensure({ guildId: guild(number) })
  const { assignments } = await callAs(core, edge).assignments.list({})
  const moved = assignments.map(({ guildId: id, gatewayId }, index) =>
    move(index % 2 ? core : other, {
      guildId: id,
      target: `gateway-${(Number(gatewayId.slice(-1)) + 1 + (index % 2)) % 3}`,
    }),
  )
  const arriving = numbers.map((number) =>
    callAs(other, edge).assignments.ensure({ guildId: guild(number + 100) }),
  )
  const outcomes = await Promise.all(moved)
  await Promise.all(arriving)
  expect(new Set(outcomes.map(({ state }) => state))).toEqual(new Set(['done']))
  const counts = await database.query(`
    SELECT g.guild_count = (SELECT count(*) FROM assignments a WHERE a.gateway_id = g.gateway_id) AS right
    FROM gateways g`)
  expect(counts).toEqual([{ right: true }, { right: true }, { right: true }])
})

describe('T15: an unknown outcome is neither success nor failure', () => {
  test('an answer that was lost leaves the move open, and a reconciler ends it by the same command', async () => {
    sources.weather = 'deaf'
    expect(await move()).toMatchObject({ state: 'freezing' })
    expect(sources.fences.has(guildId)).toBe(true)
    expect(await owner()).toMatchObject({ gatewayId: 'gateway-0', epoch: 1 })
    sources.weather = 'answers'
    await expect.poll(async () => (await newest())?.state, { timeout: 10_000 }).toBe('done')
    expect(await owner()).toMatchObject({ gatewayId: 'gateway-1', epoch: 2 })
  })

  test('the replica that started the move dies; another one ends it', async () => {
    await using other = await replica()
    sources.weather = 'unreachable'
    await move()
    await core[Symbol.asyncDispose]()
    sources.weather = 'answers'
    await expect
      .poll(async () => (await callAs(other, edge).assignments.lookup({ guildId })).epoch, {
        timeout: 10_000,
      })
      .toBe(2)
    core = await replica()
  })

  test('two replicas that take the same step of a move at once switch the guild once', async () => {
    await using other = await replica()
    const answer = sources.holdAnswers()
    const moving = move(other)
    await expect.poll(() => sources.commands).toHaveLength(1)
    await makeDue()
    await expect.poll(() => sources.commands.length, { timeout: 10_000 }).toBeGreaterThan(1)
    answer()
    expect(await moving).toMatchObject({ state: 'done', failure: null })
    // A replica that ends finishes what it has begun.
    for (const each of [core, other]) await each[Symbol.asyncDispose]()
    core = await replica()
    expect(await newest()).toMatchObject({ state: 'done', failure: null })
    expect(await owner()).toMatchObject({ gatewayId: 'gateway-1', epoch: 2 })
    expect(await database.query('SELECT * FROM assignment_history')).toHaveLength(2)
  })
})

describe('past its deadline a move is undone', () => {
  test('when the source answers again, it serves again, and the move is closed', async () => {
    sources.weather = 'deaf'
    await move()
    await makeDue(true)
    await expect.poll(() => sources.commands.includes('reclaim gateway-0'), { timeout: 10_000 }).toBe(true)
    expect((await newest())?.state).toBe('freezing')
    sources.weather = 'answers'
    await expect.poll(async () => (await newest())?.state, { timeout: 10_000 }).toBe('aborted')
    expect(await newest()).toMatchObject({ failure: { kind: 'DeadlineExceeded' } })
    expect(sources.fences.has(guildId)).toBe(false)
    expect(await owner()).toMatchObject({ gatewayId: 'gateway-0', epoch: 1 })
  })

  test('a replica that was slow does not switch a guild whose source serves again', async () => {
    const answer = sources.holdAnswers()
    const slow = failureOf(move())
    await expect.poll(() => sources.fences.has(guildId)).toBe(true)
    await database.query(
      `UPDATE moves SET failure = '{"kind":"DeadlineExceeded","budgetMs":30000}', next_step_at = clock_timestamp()`,
    )
    await expect.poll(() => sources.fences.has(guildId), { timeout: 10_000 }).toBe(false)
    answer()
    expect(await slow).toMatchObject({ kind: 'DeadlineExceeded' })
    expect(await owner()).toMatchObject({ gatewayId: 'gateway-0', epoch: 1 })
  })

  test('a target that went away between the fence and the switch gets nothing, and the source serves again', async () => {
    const answer = sources.holdAnswers()
    const moving = failureOf(move())
    await expect.poll(() => sources.fences.has(guildId)).toBe(true)
    await database.query(
      `UPDATE gateways SET status_before_offline = status, status = 'offline' WHERE gateway_id = 'gateway-1'`,
    )
    answer()
    expect(await moving).toEqual({ kind: 'GatewayNotActive', gatewayId: 'gateway-1', status: 'offline' })
    expect(await newest()).toMatchObject({ state: 'aborted' })
    expect(sources.fences.has(guildId)).toBe(false)
    expect(await owner()).toMatchObject({ gatewayId: 'gateway-0', epoch: 1 })
  })
})

describe('what cannot be moved', () => {
  test.each([
    ['an unknown guild', { guildId: guild(99) }, { kind: 'NotAssigned' }],
    ['to where it is', { target: 'gateway-0' }, { kind: 'InvalidInput' }],
    ['to a gateway that never registered', { target: 'gateway-9' }, { kind: 'NotFound' }],
  ])('%s', async (_, change, failure) => {
    expect(await failureOf(move(core, change))).toMatchObject(failure)
    expect(await database.query('SELECT * FROM moves')).toEqual([])
  })

  test('a guild of an offline gateway: nobody can prove that it is empty (T3)', async () => {
    await database.query(
      `UPDATE gateways SET status_before_offline = status, status = 'offline' WHERE gateway_id = 'gateway-0'`,
    )
    expect(await failureOf(move())).toEqual({
      kind: 'GatewayNotActive',
      gatewayId: 'gateway-0',
      status: 'offline',
    })
    expect(sources.commands).toEqual([])
  })

  test('to a cordoned gateway, or to one that is full', async () => {
    await callAs(core, operator).gateways.cordon({ gatewayId: 'gateway-1', reason: 'r' })
    expect(await failureOf(move())).toMatchObject({ kind: 'GatewayNotActive', status: 'cordoned' })
    await registerGateway(core, 2, { capacity: 1 })
    await callAs(core, operator).gateways.cordon({ gatewayId: 'gateway-0', reason: 'r' })
    await callAs(core, edge).assignments.ensure({ guildId: guild(2) })
    expect(await failureOf(move(core, { target: 'gateway-2' }))).toMatchObject({
      kind: 'GatewayFull',
      gatewayId: 'gateway-2',
      guildCount: 1,
      capacity: 1,
    })
    await callAs(core, operator).gateways.uncordon({ gatewayId: 'gateway-0', reason: 'r' })
  })
})

test('a move is found by its id and in the list of open ones', async () => {
  sources.weather = 'unreachable'
  const open = await move()
  const calls = callAs(core, operator)
  expect((await calls.moves.get({ moveId: open.moveId })).moveId).toBe(open.moveId)
  expect((await calls.moves.list({ openOnly: true })).moves).toHaveLength(1)
  expect(await failureOf(calls.moves.get({ moveId: randomUUID() }))).toMatchObject({ kind: 'NotFound' })
})

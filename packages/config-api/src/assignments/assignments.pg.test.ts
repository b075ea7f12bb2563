import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  callAs,
  edge,
  failureOf,
  gatewayCaller,
  guild,
  operator,
  registerGateway,
  startCore,
} from '../../test/start-core.ts'
import type { ConfigCore } from '../config-core.ts'
import { createTestDatabase, type TestDatabase } from '@guildmesh/postgres-dev/test-postgres'

let database: TestDatabase
let first: ConfigCore
let second: ConfigCore

beforeAll(async () => {
  database = await createTestDatabase()
  first = await startCore(database.url, { name: 'config-a' })
  second = await startCore(database.url, { name: 'config-b' })
})
afterAll(async () => {
  await first[Symbol.asyncDispose]()
  await second[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await database.query('DELETE FROM assignments')
  await database.query('DELETE FROM assignment_history')
  await database.query('DELETE FROM gateways')
})

async function guildCounts(): Promise<Record<string, number>> {
  const { gateways } = await callAs(first, edge).gateways.list({})
  return Object.fromEntries(gateways.map(({ gatewayId, guildCount }) => [gatewayId, guildCount]))
}

describe('T1: racing calls never flip the owner of a guild (I12)', () => {
  test('a thousand at once on two replicas: one owner, one epoch, one entry of history', async () => {
    for (const ordinal of [0, 1, 2]) await registerGateway(first, ordinal)
    const calls = [callAs(first, gatewayCaller(0)), callAs(second, gatewayCaller(1))] as const
    // The deadline of `ensure` is 2 s; on a busy machine the last of a thousand may be asked again.
    const ensure = async (index: number) => {
      for (;;) {
        try {
          return await (index % 2 === 0 ? calls[0] : calls[1]).assignments.ensure({ guildId: guild(1) })
        } catch (error) {
          const { kind } = await failureOf(Promise.reject(error))
          if (kind !== 'DeadlineExceeded' && kind !== 'Unavailable') throw error
        }
      }
    }
    const answers = await Promise.all(Array.from({ length: 1000 }, (_, index) => ensure(index)))
    expect(new Set(answers.map(({ gatewayId, epoch }) => `${gatewayId} ${epoch}`))).toEqual(
      new Set(['gateway-0 1']),
    )
    expect(await database.query('SELECT epoch FROM assignment_history')).toEqual([{ epoch: '1' }])
    expect(await guildCounts()).toEqual({ 'gateway-0': 1, 'gateway-1': 0, 'gateway-2': 0 })
  })

  test('many guilds at once on two replicas spread evenly, and the counts are those of the table', async () => {
    for (const ordinal of [0, 1, 2]) await registerGateway(first, ordinal)
    await Promise.all(
      Array.from({ length: 90 }, (_, index) =>
        callAs(index % 2 === 0 ? first : second, edge).assignments.ensure({ guildId: guild(index) }),
      ),
    )
    expect(await guildCounts()).toEqual({ 'gateway-0': 30, 'gateway-1': 30, 'gateway-2': 30 })
    const counted = await database.query(
      'SELECT gateway_id, count(*)::int AS guilds FROM assignments GROUP BY 1 ORDER BY 1',
    )
    expect(counted.map(({ guilds }) => guilds)).toEqual([30, 30, 30])
  })
})

describe('T5: reading never assigns', () => {
  test('a lookup of an unknown guild fails and leaves no row', async () => {
    await registerGateway(first, 0)
    const failure = await failureOf(callAs(first, operator).assignments.lookup({ guildId: guild(7) }))
    expect(failure).toEqual({ kind: 'NotAssigned', guildId: guild(7) })
    expect(await database.query('SELECT * FROM assignments')).toEqual([])
  })

  test('nobody assigns without being identified', async () => {
    await registerGateway(first, 0)
    const anonymous = callAs(first, { kind: 'anonymous' })
    expect(await failureOf(anonymous.assignments.ensure({ guildId: guild(7) }))).toMatchObject({
      kind: 'Unauthenticated',
    })
    expect(await database.query('SELECT * FROM assignments')).toEqual([])
  })
})

describe('placement', () => {
  test('without an active gateway there is nowhere to place a guild, and no row is left', async () => {
    await registerGateway(first, 0)
    await callAs(first, operator).gateways.cordon({ gatewayId: 'gateway-0', reason: 'upgrade' })
    expect(await failureOf(callAs(first, edge).assignments.ensure({ guildId: guild(1) }))).toMatchObject({
      kind: 'NoGatewayAvailable',
    })
    expect(await database.query('SELECT * FROM assignments')).toEqual([])
  })

  test('a guild that has an owner is found beside one that can get none', async () => {
    await registerGateway(first, 0)
    const known = await callAs(first, edge).assignments.ensure({ guildId: guild(1) })
    await callAs(first, operator).gateways.cordon({ gatewayId: 'gateway-0', reason: 'upgrade' })
    const [found, homeless] = await Promise.allSettled(
      [1, 2].map((number) => callAs(first, edge).assignments.ensure({ guildId: guild(number) })),
    )
    expect(found).toEqual({ status: 'fulfilled', value: known })
    expect(homeless?.status).toBe('rejected')
  })

  test('a guild stays where it is when its gateway is cordoned', async () => {
    await registerGateway(first, 0)
    await registerGateway(first, 1)
    const before = await callAs(first, edge).assignments.ensure({ guildId: guild(1) })
    await callAs(first, operator).gateways.cordon({ gatewayId: before.gatewayId, reason: 'upgrade' })
    expect(await callAs(second, edge).assignments.ensure({ guildId: guild(1) })).toEqual(before)
  })
})

describe('the database itself guards epochs (I2)', () => {
  test('no statement changes an owner without a higher epoch', async () => {
    await registerGateway(first, 0)
    await registerGateway(first, 1)
    await callAs(first, edge).assignments.ensure({ guildId: guild(1) })
    await expect(database.query(`UPDATE assignments SET gateway_id = 'gateway-1'`)).rejects.toThrow(
      /does not rise/,
    )
  })
})

describe('listing', () => {
  test('pages hold every guild once, in order, with the total', async () => {
    await registerGateway(first, 0)
    await registerGateway(first, 1)
    for (let number = 0; number < 7; number++) {
      await callAs(first, edge).assignments.ensure({ guildId: guild(number) })
    }
    const listed: string[] = []
    let after: string | null = null
    do {
      const page: Awaited<ReturnType<ReturnType<typeof callAs>['assignments']['list']>> = await callAs(
        second,
        edge,
      ).assignments.list({ limit: 3, ...(after === null ? {} : { after }) })
      expect(page.total).toBe(7)
      listed.push(...page.assignments.map(({ guildId }) => guildId))
      after = page.next
    } while (after !== null)
    expect(listed).toEqual(Array.from({ length: 7 }, (_, number) => guild(number)))
    const ofOne = await callAs(first, edge).assignments.list({ gatewayId: 'gateway-1' })
    expect(ofOne).toMatchObject({ total: 3, next: null })
    expect(new Set(ofOne.assignments.map(({ gatewayId }) => gatewayId))).toEqual(new Set(['gateway-1']))
  })
})

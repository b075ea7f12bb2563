import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  callAs,
  edge,
  failureOf,
  noLoad,
  operator,
  registerGateway,
  startCore,
} from '../../test/start-core.ts'
import type { ConfigCore } from '../config-core.ts'
import { createTestDatabase, type TestDatabase } from '@guildmesh/postgres-dev/test-postgres'

let database: TestDatabase
let core: ConfigCore

beforeAll(async () => {
  database = await createTestDatabase()
  core = await startCore(database.url)
})
afterAll(async () => {
  await core[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await database.query('DELETE FROM gateways')
})

async function statusOf(gatewayId: string): Promise<string | undefined> {
  const { gateways } = await callAs(core, edge).gateways.list({})
  return gateways.find((gateway) => gateway.gatewayId === gatewayId)?.status
}

async function fence(): Promise<void> {
  await database.query(`UPDATE gateways SET status_before_offline = status, status = 'offline'`)
}

describe('T2: a heartbeat never writes the status', () => {
  test('a cordoned gateway stays cordoned through heartbeats', async () => {
    const { gatewayId, incarnation, calls } = await registerGateway(core, 0)
    await callAs(core, operator).gateways.cordon({ gatewayId, reason: 'upgrade' })
    const reply = await calls.gateways.heartbeat({ gatewayId, incarnation, load: noLoad })
    expect(reply.status).toBe('cordoned')
    expect(await statusOf(gatewayId)).toBe('cordoned')
  })

  test('a gateway whose lease has expired is told so, and its lease is not renewed', async () => {
    const { gatewayId, incarnation, calls } = await registerGateway(core, 0)
    await fence()
    const before = await database.query('SELECT renew_seq FROM gateways')
    expect(await calls.gateways.heartbeat({ gatewayId, incarnation, load: noLoad })).toMatchObject({
      status: 'offline',
    })
    expect(await database.query('SELECT renew_seq FROM gateways')).toEqual(before)
    expect(await statusOf(gatewayId)).toBe('offline')
  })

  test('registering again brings it back, as what it was before', async () => {
    const { gatewayId, incarnation } = await registerGateway(core, 0)
    await fence()
    const back = await registerGateway(core, 0)
    expect(back.incarnation.registration).toBeGreaterThan(incarnation.registration)
    expect(await statusOf(gatewayId)).toBe('active')

    await callAs(core, operator).gateways.cordon({ gatewayId, reason: 'upgrade' })
    await fence()
    await registerGateway(core, 0)
    expect(await statusOf(gatewayId)).toBe('cordoned')
  })
})

describe('incarnations', () => {
  test('an incarnation that was superseded is told to stop', async () => {
    const old = await registerGateway(core, 0)
    const current = await registerGateway(core, 0)
    const { gatewayId } = old
    expect(
      await failureOf(
        old.calls.gateways.heartbeat({ gatewayId, incarnation: old.incarnation, load: noLoad }),
      ),
    ).toEqual({
      kind: 'StaleIncarnation',
      gatewayId,
      offered: old.incarnation,
      current: current.incarnation,
    })
  })

  test('registrations that race end with the highest number, whoever committed last', async () => {
    const registered = await Promise.all(Array.from({ length: 20 }, () => registerGateway(core, 0)))
    const { gateways } = await callAs(core, edge).gateways.list({})
    const highest = Math.max(...registered.map(({ incarnation }) => incarnation.registration))
    expect(gateways[0]?.incarnation).toEqual({ registration: highest, restart: 0 })
    expect(new Set(registered.map(({ incarnation }) => incarnation.registration)).size).toBe(20)
  })

  test('a gateway that restarted on its volume counts itself on; its former incarnation is stale then (R8)', async () => {
    const { gatewayId, incarnation, calls } = await registerGateway(core, 0)
    const restarted = { ...incarnation, restart: 2 }
    await calls.gateways.heartbeat({ gatewayId, incarnation: restarted, load: noLoad })
    expect(await failureOf(calls.gateways.heartbeat({ gatewayId, incarnation, load: noLoad }))).toMatchObject(
      {
        kind: 'StaleIncarnation',
        current: restarted,
      },
    )
  })

  test('who never registered is unknown', async () => {
    const { calls } = await registerGateway(core, 0)
    await database.query('DELETE FROM gateways')
    const incarnation = { registration: 1, restart: 0 }
    expect(
      await failureOf(calls.gateways.heartbeat({ gatewayId: 'gateway-0', incarnation, load: noLoad })),
    ).toMatchObject({ kind: 'NotFound', what: 'gateway' })
  })
})

describe('cordon', () => {
  test('is a compare-and-set, repeatable, audited once, and undone by uncordon', async () => {
    const { gatewayId } = await registerGateway(core, 0)
    const calls = callAs(core, operator)
    const before = (await calls.audit.list({})).entries.length
    const cordon = () => calls.gateways.cordon({ gatewayId, reason: 'upgrade' })
    const all = await Promise.all([cordon(), cordon(), cordon()])
    expect(all.map(({ status }) => status)).toEqual(['cordoned', 'cordoned', 'cordoned'])
    const { entries } = await calls.audit.list({})
    expect(entries.slice(0, entries.length - before)).toMatchObject([
      { actor: 'operator-token:test', action: 'gateway.cordon', subject: gatewayId, reason: 'upgrade' },
    ])
    expect((await calls.gateways.uncordon({ gatewayId, reason: 'done' })).status).toBe('active')
  })

  test('the edge names the operator it calls for; an operator cannot name another', async () => {
    const { gatewayId } = await registerGateway(core, 0)
    await callAs(core, edge).gateways.cordon({ gatewayId, reason: 'r', actor: 'user:42' })
    await callAs(core, operator).gateways.uncordon({ gatewayId, reason: 'r', actor: 'user:42' })
    const { entries } = await callAs(core, operator).audit.list({ limit: 2 })
    expect(entries.map(({ actor }) => actor)).toEqual(['operator-token:test', 'user:42'])
  })

  test('an offline gateway cannot be cordoned, and there is no unknown one', async () => {
    const { gatewayId } = await registerGateway(core, 0)
    await fence()
    const calls = callAs(core, operator)
    expect(await failureOf(calls.gateways.cordon({ gatewayId, reason: 'r' }))).toEqual({
      kind: 'GatewayNotActive',
      gatewayId,
      status: 'offline',
    })
    expect(await failureOf(calls.gateways.cordon({ gatewayId: 'gateway-9', reason: 'r' }))).toMatchObject({
      kind: 'NotFound',
    })
  })
})

test('the list can be limited to gateways that were heard of lately', async () => {
  await registerGateway(core, 0)
  await registerGateway(core, 10)
  await registerGateway(core, 2)
  await database.query(
    `UPDATE gateways SET last_heartbeat_at = last_heartbeat_at - interval '5 minutes' WHERE gateway_id = 'gateway-2'`,
  )
  const ids = async (input: { seenWithinMs?: number }) =>
    (await callAs(core, operator).gateways.list(input)).gateways.map(({ gatewayId }) => gatewayId)
  expect(await ids({})).toEqual(['gateway-0', 'gateway-2', 'gateway-10'])
  expect(await ids({ seenWithinMs: 120_000 })).toEqual(['gateway-0', 'gateway-10'])
})

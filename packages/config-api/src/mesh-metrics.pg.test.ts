import { Metrics } from '@guildmesh/runtime'
import { expect, test } from 'vitest'
import { callAs, edge, guild, noLoad, operator, registerGateway, startCore } from '../test/start-core.ts'
import { MeshMetrics } from './mesh-metrics.ts'
import { createTestDatabase } from '@guildmesh/postgres-dev/test-postgres'

test('the gauges show gateways, their guilds and leases, shards without a holder and the budget', async () => {
  await using database = await createTestDatabase()
  await using core = await startCore(database.url, { leaseExpireAfterMs: 3_600_000 })
  const { gatewayId, incarnation, calls } = await registerGateway(core, 0)
  await registerGateway(core, 1)
  await callAs(core, operator).gateways.cordon({ gatewayId: 'gateway-1', reason: 'r' })
  await callAs(core, edge).assignments.ensure({ guildId: guild(1) })
  const { acquired } = await calls.shards.lease.acquire({ gatewayId, incarnation, shardCount: 2 })
  await calls.shards.identify.permit({ gatewayId, incarnation, shardId: 0, epoch: 1, maxConcurrency: 1 })
  for (const { shardId, epoch } of acquired.slice(1)) {
    await calls.shards.lease.release({ gatewayId, incarnation, shardId, epoch, session: null })
  }

  await calls.gateways.heartbeat({
    gatewayId,
    incarnation,
    load: noLoad,
    rest: {
      processId: 'a',
      beat: 1,
      requests: { demand: 500, holds: 0, guaranteed: 0 },
      invalid: { demand: 0, holds: 0, guaranteed: 0 },
    },
  })

  const metrics = new Metrics({ processMetrics: false })
  const subject = new MeshMetrics({ database: core.database, metrics, identifyLimit: 10 })
  await subject.sample(new AbortController().signal)
  const text = await metrics.registry.metrics()
  expect(text).toContain('guildmesh_gateway_guilds{gateway="gateway-0"} 1\n')
  expect(text).toContain('guildmesh_gateway_active{gateway="gateway-1"} 0\n')
  expect(text).toContain('guildmesh_identify_budget_remaining 9\n')
  expect(text).toContain('guildmesh_shards_unheld 1\n')
  expect(text).toContain('guildmesh_moves_open 0\n')
  expect(text).toContain('guildmesh_rest_quota{gateway="gateway-0",limit="requests"}')
  expect(text).toMatch(/guildmesh_gateway_lease_age_seconds\{gateway="gateway-0"\} [0-9.e-]+\n/)
})

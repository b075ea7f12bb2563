import { configRouter, gatewayIdOf, gatewayRouter, GuildId, shardOf } from '@guildmesh/contracts'
import { connectMesh, createIdentity, keepEnrolled, Metrics, Secret } from '@guildmesh/runtime'
import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { joinSecret, quietLogger, TestMesh } from '../../test/mesh.ts'
import { differences } from '../../test/message-stats.ts'

const traffic = { mix: { reactions: 0.3, edits: 0, deletes: 0 } }

test('one gateway: ready, every message once in its database, commands deployed', async () => {
  await using mesh = await TestMesh.start()
  const gateway = await mesh.startGateway(0)
  await mesh.connected()
  await mesh.sim.control.burst({ count: 500, ...traffic })
  expect(await differences(mesh, [0])).toEqual([])
  const ready = await fetch(`http://127.0.0.1:${gateway.opsPort}/readyz?verbose`)
  expect(await ready.text()).toMatch(/\[\+\] lease.*\[\+\] database.*\[\+\] discord: shard 0 live/s)
  expect(ready.status).toBe(200)
  const journal = () => mesh.sim.control.journal({ limit: 1000 })
  const overwrites = async () =>
    (await journal()).requests.filter(({ method, path }) => method === 'PUT' && path.includes('/commands'))
      .length
  await eventually(async () => (await overwrites()) === 1)
})

test('two gateways: a guild of one whose shard is held by the other ends once, at its owner (I3)', async () => {
  await using mesh = await TestMesh.start({ guilds: 12 })
  const [a, b] = await Promise.all([mesh.startGateway(0), mesh.startGateway(1)])
  const holders = () =>
    mesh.database.query<{ shard_id: number; holder: string | null }>(
      'SELECT shard_id, holder FROM shard_leases ORDER BY shard_id',
    )
  const shared = await eventually(holders, (rows) => {
    const names = new Set(rows.map(({ holder }) => holder))
    return names.size === 2 && !names.has(null)
  })
  await mesh.connected()
  // Guilds that were there before may all lie with the holder of their shard; these go by turns to both gateways.
  for (let n = 0; n < 12; n++) await mesh.sim.control.createGuild({ name: `Crossing ${n}`, withBot: true })
  await mesh.sim.control.burst({ count: 800, ...traffic })
  expect(await differences(mesh, [0, 1])).toEqual([])
  const crossing = [a.gatewayId, b.gatewayId].flatMap((owner) =>
    a.table.guildsOf(owner).filter(({ guildId }) => shared[shardOf(guildId, 3)]?.holder !== owner),
  )
  expect(crossing.length).toBeGreaterThan(0)
})

test('a holder that crashes and comes back resumes its sessions: no message lost or doubled (I3)', async () => {
  await using mesh = await TestMesh.start({ replay: { trimOnHeartbeat: true } })
  await mesh.startGateway(0)
  await mesh.connected()
  await mesh.sim.control.burst({ count: 300, ...traffic })
  const stored = () => mesh.database.query('SELECT shard_id FROM shard_leases WHERE session_id IS NOT NULL')
  await eventually(stored, (rows) => rows.length === 3)
  await mesh.crashGateway(0)
  await mesh.sim.control.burst({ count: 300, ...traffic })
  await mesh.startGateway(0)
  await mesh.connected()
  await mesh.sim.control.burst({ count: 300, ...traffic })
  expect(await differences(mesh, [0])).toEqual([])
  expect((await mesh.sim.control.report({})).gateway.identifies).toBe(3)
})

test('op 7 and dropped TCP under load, over two gateways', async () => {
  await using mesh = await TestMesh.start({ guilds: 12 })
  await Promise.all([mesh.startGateway(0), mesh.startGateway(1)])
  await mesh.connected()
  for (const disturb of [() => mesh.sim.control.askToReconnect({}), () => mesh.sim.control.dropSockets({})]) {
    await mesh.sim.control.burst({ count: 200, ...traffic })
    await disturb()
    await mesh.sim.control.burst({ count: 200, ...traffic })
    await mesh.connected()
  }
  expect(await differences(mesh, [0, 1])).toEqual([])
  expect((await mesh.sim.control.report({})).gateway.identifies).toBe(3)
})

test('a gateway that joins gets its share of the shards, by close 4200 and RESUME', async () => {
  await using mesh = await TestMesh.start()
  await mesh.startGateway(0)
  await mesh.connected()
  await mesh.sim.control.burst({ count: 200, ...traffic })
  await mesh.startGateway(1)
  const holders = () =>
    mesh.database.query<{ holder: string | null }>(
      'SELECT DISTINCT holder FROM shard_leases WHERE holder IS NOT NULL',
    )
  await eventually(holders, (rows) => rows.length === 2)
  await mesh.connected()
  await mesh.sim.control.burst({ count: 200, ...traffic })
  expect(await differences(mesh, [0, 1])).toEqual([])
  const { gateway } = await mesh.sim.control.report({})
  expect(gateway.identifies).toBe(3)
  expect(gateway.closes['4200']).toBeGreaterThan(0)
})

test('while the config API is away, everything that runs goes on (T6, I10)', async () => {
  await using mesh = await TestMesh.start()
  let skippedMs = 0
  const clock = { now: () => Date.now(), monotonicMs: () => performance.now() + skippedMs }
  const gateway = await mesh.startGateway(0, {}, { clock })
  await mesh.connected()
  await eventually(
    () => gateway.table.guildsOf(gateway.gatewayId).length,
    (count) => count === 8,
  )
  await mesh.stopConfig()
  await mesh.sim.control.burst({ count: 50, ...traffic })
  expect(await differences(mesh, [0])).toEqual([])
  // Further than the lease reaches, so that it is not the last grant that lets the gateway serve.
  skippedMs = 60_000
  await mesh.sim.control.burst({ count: 50, ...traffic })
  expect(await differences(mesh, [0])).toEqual([])
  await mesh.sim.control.dropSockets({})
  await mesh.sim.control.burst({ count: 50, ...traffic })
  expect(await differences(mesh, [0])).toEqual([])
  await mesh.startConfig()
  await mesh.sim.control.burst({ count: 50, ...traffic })
  expect(await differences(mesh, [0])).toEqual([])
})

test('a gateway that starts while the config API is away waits, not ready, and serves when it is there', async () => {
  await using mesh = await TestMesh.start()
  await mesh.stopConfig()
  let started = false
  const start = async () => {
    await mesh.startGateway(0)
    started = true
  }
  const starting = start()
  await eventually(() => mesh.logged.some((line) => line.includes('trying again')))
  expect(started).toBe(false)
  await mesh.startConfig()
  await starting
  await mesh.connected()
})

test('SIGTERM: shards go to others with their sessions, and nothing is lost', async () => {
  await using mesh = await TestMesh.start()
  const first = await mesh.startGateway(0)
  await mesh.connected()
  await mesh.sim.control.burst({ count: 300, ...traffic })
  await first.drain()
  expect((await fetch(`http://127.0.0.1:${first.opsPort}/readyz`)).status).toBe(503)
  const leases = await mesh.database.query<{ holder: string | null; seq: string | null }>(
    'SELECT holder, seq FROM shard_leases',
  )
  expect(leases.map(({ holder }) => holder)).toEqual([null, null, null])
  await mesh.crashGateway(0)
  await mesh.startGateway(0)
  await mesh.connected()
  expect(await differences(mesh, [0])).toEqual([])
  expect((await mesh.sim.control.report({})).gateway.identifies).toBe(3)
})

test('two processes never share a volume, and the second says why it does not start', async () => {
  await using mesh = await TestMesh.start()
  await mesh.startGateway(0)
  await expect(mesh.startGateway(0)).rejects.toThrow('GATEWAY_DB_PATH')
})

test('a second incarnation of the same gateway elsewhere ends the first', async () => {
  await using mesh = await TestMesh.start()
  const first = await mesh.startGateway(0)
  await mesh.startGateway(0, { GATEWAY_DB_PATH: mesh.databasePath(7) })
  await expect(first.failed).rejects.toMatchObject({ failure: { kind: 'StaleIncarnation' } })
})

test('a gateway delivers events as itself only', async () => {
  await using mesh = await TestMesh.start()
  const gateway = await mesh.startGateway(0)
  const ending = new AbortController()
  const identity = await createIdentity('gateway-5')
  const metrics = new Metrics({ processMetrics: false })
  const parts = { logger: quietLogger, metrics }
  await keepEnrolled({
    connect: (self) =>
      connectMesh({ ...parts, self, router: configRouter, audience: 'config', urls: [mesh.configUrl] }),
    identity,
    joinSecret: new Secret(joinSecret),
    logger: quietLogger,
    signal: ending.signal,
  })
  await using connection = connectMesh({
    ...parts,
    self: identity,
    router: gatewayRouter,
    audience: gateway.gatewayId,
    urls: [gateway.url],
  })
  const lane = {
    guildId: GuildId.parse('100000000000000001'),
    epoch: 1,
    events: [{ position: { generation: 1, seq: 1 }, previous: null, type: 'X', data: {}, heldMs: 0 }],
  }
  const input = {
    shardId: 0,
    shardCount: 3,
    shardEpoch: 1,
    holder: { gatewayId: gatewayIdOf(0), incarnation: { registration: 1, restart: 0 } },
    lanes: [lane],
  }
  await expect(connection.client.events.deliver.mutate(input)).rejects.toMatchObject({
    failure: { kind: 'Forbidden' },
  })
  ending.abort()
})

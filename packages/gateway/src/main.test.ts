import { expect, test } from 'vitest'
import { eventually } from '../test/eventually.ts'
import { GatewayProcess } from '../test/gateway-process.ts'
import { TestMesh } from '../test/mesh.ts'
import { differences } from '../test/message-stats.ts'

const traffic = { mix: { reactions: 0.3, edits: 0, deletes: 0 } }

test(
  'kill -9 of a gateway under load, and its restart: no message lost, doubled or in another order (I3)',
  { timeout: 180_000 },
  async () => {
    await using mesh = await TestMesh.start({ replay: { trimOnHeartbeat: true } })
    const variables = await mesh.variables(0)
    const stored = () => mesh.database.query('SELECT shard_id FROM shard_leases WHERE session_id IS NOT NULL')
    const guilds = () => mesh.database.query('SELECT guild_id FROM assignments')
    for (let run = 0; run < 3; run++) {
      await using gateway = new GatewayProcess(variables)
      await mesh.connected().catch((error: unknown) => {
        throw new Error(gateway.output, { cause: error })
      })
      await eventually(stored, (rows) => rows.length === 3)
      await eventually(guilds, (rows) => rows.length === 8)
      await mesh.sim.control.startLoad({ rate: 400, ...traffic })
      await eventually(
        () => mesh.sim.control.loadStatus(),
        ({ produced }) => produced > 200,
      )
      await gateway.end('SIGKILL')
      await mesh.sim.control.burst({ count: 100, ...traffic })
    }
    await mesh.sim.control.stopLoad()
    await using last = new GatewayProcess(variables)
    await mesh.connected()
    expect(last.output).not.toContain('"level":"fatal"')
    expect(await differences(mesh, [0])).toEqual([])
    expect((await mesh.sim.control.report({})).gateway.identifies).toBe(3)
  },
)

test('SIGTERM hands the sessions over with close 4200 and ends with exit code 0', async () => {
  await using mesh = await TestMesh.start()
  await using gateway = new GatewayProcess(await mesh.variables(0))
  await mesh.connected()
  expect(await gateway.end('SIGTERM')).toBe(0)
  expect((await mesh.sim.control.report({})).gateway.closes).toMatchObject({ 4200: 3 })
  const leases = await mesh.database.query<{ holder: string | null }>('SELECT holder FROM shard_leases')
  expect(leases.map(({ holder }) => holder)).toEqual([null, null, null])
})

test('a configuration with problems ends at once, with exit code 2 and every problem', async () => {
  await using gateway = new GatewayProcess({ CONFIG_SERVICE_URL: 'nonsense', GATEWAY_CAPACITY: 'many' })
  expect(await gateway.end()).toBe(2)
  for (const name of ['MESH_JOIN_SECRET', 'DISCORD_TOKEN', 'DISCORD_APP_ID', 'GATEWAY_CAPACITY']) {
    expect(gateway.output).toContain(name)
  }
})

test('a port in use is told with the variable to change', async () => {
  await using mesh = await TestMesh.start()
  const first = await mesh.startGateway(0)
  await using second = new GatewayProcess({
    ...(await mesh.variables(1)),
    PORT: new URL(first.url).port,
  })
  expect(await second.end()).toBe(1)
  expect(second.output).toMatch(/PORT/)
})

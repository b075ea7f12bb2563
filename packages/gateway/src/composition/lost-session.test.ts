import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { TestMesh } from '../../test/mesh.ts'
import { differences } from '../../test/message-stats.ts'

const traffic = { mix: { reactions: 0.3, edits: 0, deletes: 0 } }
/** Reactions to earlier messages, edits and deletions of a gap are lost, and the ledger says so. */
const messagesOnly = { mix: { reactions: 0, edits: 0, deletes: 0 } }

interface LossRow {
  readonly shard_id: number
  readonly generation_before: string
  readonly generation_after: string | null
  readonly reason: string
}

const lossesOf = (mesh: TestMesh) =>
  mesh.database.query<LossRow>(
    'SELECT shard_id, generation_before, generation_after, reason FROM gap_ledger ORDER BY shard_id',
  )

/** Three IDENTIFYs of one rate-limit key take eleven seconds by themselves, and more on a busy machine. */
const allConnected = (mesh: TestMesh, identifies: number) =>
  eventually(
    async () => {
      await mesh.connected()
      return (await mesh.sim.control.report({})).gateway.identifies
    },
    (count) => count === identifies,
    60_000,
  )

/** A shard that is handed over has no socket for a moment, and op 9 would not reach it. */
const quotasTaken = (mesh: TestMesh) =>
  eventually(
    () => mesh.database.query('SELECT DISTINCT holder FROM shard_leases WHERE holder IS NOT NULL'),
    (holders) => holders.length === 2,
  )

test('op 9 false: what was said meanwhile is read back once, the data loss is in the ledger, one IDENTIFY a shard (I3)', async () => {
  await using mesh = await TestMesh.start({ guilds: 6 })
  await Promise.all([mesh.startGateway(0), mesh.startGateway(1)])
  await quotasTaken(mesh)
  await mesh.connected()
  await mesh.sim.control.burst({ count: 300, ...traffic })
  expect(await differences(mesh, [0, 1])).toEqual([])

  expect(await mesh.sim.control.invalidateSessions({ resumable: false })).toMatchObject({ sockets: 3 })
  // Before a new session can begin, which Discord wants to wait a second and more. A hundred messages are a page.
  await mesh.sim.control.burst({ count: 3000, ...messagesOnly })
  await allConnected(mesh, 6)
  await mesh.sim.control.burst({ count: 300, ...messagesOnly })
  expect(await differences(mesh, [0, 1])).toEqual([])

  const losses = await eventually(
    () => lossesOf(mesh),
    (rows) =>
      rows.length === 3 &&
      rows.every(({ generation_after, reason }) => generation_after && reason === 'invalid-session'),
  )
  expect(losses.map(({ shard_id }) => shard_id)).toEqual([0, 1, 2])
  await mesh.sim.control.burst({ count: 300, ...traffic })
  expect(await differences(mesh, [0, 1])).toEqual([])
  expect((await mesh.sim.control.report({})).gateway.identifies).toBe(6)
  const { requests } = await mesh.sim.control.journal({ limit: 1000 })
  const pages = requests.filter(({ method, path }) => method === 'GET' && /\/messages/.test(path))
  expect(pages.length).toBeGreaterThan(new Set(pages.map(({ path }) => path.split('?')[0])).size)
}, 150_000)

test('a guild that Discord no longer lists in READY was left meanwhile', async () => {
  await using mesh = await TestMesh.start()
  await mesh.startGateway(0)
  await mesh.connected()
  const guilds = () =>
    mesh.rows<{ guild_id: string; left_at: number | null }>(0, 'SELECT guild_id, left_at FROM guilds')
  await eventually(guilds, (rows) => rows.length === 8)
  const left = guilds()[0]?.guild_id ?? ''
  await mesh.sim.control.invalidateSessions({ resumable: false })
  await mesh.sim.control.removeBot({ guildId: left })
  await allConnected(mesh, 6)
  await eventually(guilds, (rows) =>
    rows.some(({ guild_id, left_at }) => guild_id === left && left_at !== null),
  )
  expect(guilds().filter(({ left_at }) => left_at !== null)).toHaveLength(1)
}, 150_000)

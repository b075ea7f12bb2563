import { createSimClient, type SimClient } from '@guildmesh/discord-sim/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminClient } from '../e2e/admin-client.ts'
import { queryGateways } from '../e2e/gateway-rows.ts'
import { type Talkative, talkativeGuilds } from '../e2e/simulated-people.ts'
import { botConnected, startTestMesh, type TestMesh } from '../e2e/test-mesh.ts'
import { until } from '../e2e/until.ts'

const lostShard = 1
const shardCount = 3

let started: TestMesh
let sim: SimClient
let guilds: Talkative[]
beforeAll(async () => {
  started = await startTestMesh('lost-session')
  sim = createSimClient(started.mesh.simulatorUrl ?? '')
  guilds = await talkativeGuilds(sim, 12)
})
afterAll(() => started[Symbol.asyncDispose]())

/** The generation of the last applied event of each guild, by shard. */
function generations(): Map<number, Set<number>> {
  const found = new Map<number, Set<number>>()
  for (const { row } of queryGateways(started.mesh.stateDir, 'SELECT shard_id, generation FROM cursor')) {
    const shardId = Number(row['shard_id'])
    found.set(shardId, (found.get(shardId) ?? new Set()).add(Number(row['generation'])))
  }
  return found
}

async function sendEverywhere(content: string): Promise<void> {
  const sent = await Promise.all(
    guilds.map(({ channelId, memberId }) => sim.sendMessage({ channelId, userId: memberId, content })),
  )
  const wanted = sent.map(({ id }) => id).toSorted()
  await until(() => {
    const stored = queryGateways(started.mesh.stateDir, 'SELECT message_id FROM message_stats')
      .map(({ row }) => String(row['message_id']))
      .filter((id) => wanted.includes(id))
    expect(stored.toSorted()).toEqual(wanted)
  }, 30_000)
}

test('op 9 false ends one session: its shard begins a new generation with one IDENTIFY, and events go on (I14)', async () => {
  await sendEverywhere('before the session is lost')
  const before = generations()
  const [generation = 0] = before.get(lostShard) ?? []
  expect(generation).toBeGreaterThan(0)

  expect(await sim.invalidateSessions({ shardId: lostShard, resumable: false })).toEqual({ sockets: 1 })
  await until(async () => {
    const { gateway } = await sim.report({})
    expect(gateway.endedSessions).toHaveLength(1)
    expect(gateway.identifies).toBe(shardCount + 1)
  }, 30_000)
  await botConnected(started.mesh.simulatorUrl ?? '')
  await sendEverywhere('after the session was lost')

  const { gateway } = await sim.report({})
  expect(gateway.identifiesByShard).toEqual({ '0/3': 1, '1/3': 2, '2/3': 1 })
  expect(gateway).toMatchObject({ identifiesRefused: 0, resumesRefused: 0 })
  expect(gateway.endedSessions).toMatchObject([{ shardId: lostShard }])
  const after = generations()
  for (const shardId of [0, 2]) expect(after.get(shardId)).toEqual(before.get(shardId))
  const renewed = [...(after.get(lostShard) ?? [])]
  expect(renewed).toHaveLength(1)
  expect(renewed[0]).toBeGreaterThan(generation)
})

/** Counted by all gateways. */
async function counted(metric: string): Promise<number> {
  const texts = await Promise.all(
    started.mesh.ports.gateways.map(async ({ ops }) =>
      (await fetch(`http://127.0.0.1:${ops}/metrics`)).text(),
    ),
  )
  return texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.startsWith(`guildmesh_${metric}`))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

test('what happened while no session told is read back, messages and audit log; the ledger names the rest', async () => {
  const lost = guilds.filter(
    ({ guildId }) => Number((BigInt(guildId) >> 22n) % BigInt(shardCount)) === lostShard,
  )
  expect(lost.length).toBeGreaterThan(0)
  const { losses: lossesBefore } = await adminClient(started.mesh).gapLedger.query({})
  const entriesBefore = await counted('audit_entries_backfilled_total')
  await sim.invalidateSessions({ shardId: lostShard, resumable: false })
  // No socket of the shard is there before the pause that Discord asks for has passed.
  const said = await Promise.all(
    lost.map(({ channelId, memberId }) =>
      sim.sendMessage({ channelId, userId: memberId, content: 'nobody told' }),
    ),
  )
  for (const { channelId, ownerId } of lost) {
    await sim.updateChannel({ channelId, actorId: ownerId, topic: 'changed meanwhile' })
  }
  await until(() => {
    const rows = queryGateways(started.mesh.stateDir, 'SELECT message_id FROM message_stats')
    const stored = new Set(rows.map(({ row }) => String(row['message_id'])))
    expect(said.filter(({ id }) => !stored.has(id))).toEqual([])
  }, 60_000)
  await until(async () => {
    expect((await counted('audit_entries_backfilled_total')) - entriesBefore).toBeGreaterThanOrEqual(
      lost.length,
    )
  }, 60_000)
  expect(await counted('messages_backfilled_total')).toBeGreaterThanOrEqual(said.length)
  const { losses } = await adminClient(started.mesh).gapLedger.query({})
  expect(losses).toHaveLength(lossesBefore.length + 1)
  expect(losses[0]).toMatchObject({ shardId: lostShard, guildId: null })
  expect(losses[0]?.recovered.join('; ')).toMatch(/new messages.*audit log/)
  expect(losses[0]?.unrecoverable.join('; ')).toMatch(/typing and presence/)
})

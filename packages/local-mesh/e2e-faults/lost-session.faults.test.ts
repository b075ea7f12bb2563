import { createSimClient, type SimClient } from '@guildmesh/discord-sim/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
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

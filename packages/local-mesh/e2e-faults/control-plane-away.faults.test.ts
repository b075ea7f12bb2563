import { createSimClient, type SimClient } from '@guildmesh/discord-sim/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adminClient } from '../e2e/admin-client.ts'
import { queryGateways } from '../e2e/gateway-rows.ts'
import { type Talkative, talkativeGuilds } from '../e2e/simulated-people.ts'
import { startTestMesh, type TestMesh } from '../e2e/test-mesh.ts'
import { until } from '../e2e/until.ts'
import { allConnected } from './faults.ts'

const shards = 3

let started: TestMesh
let sim: SimClient
let guilds: Talkative[]
beforeAll(async () => {
  started = await startTestMesh('control-plane-away')
  sim = createSimClient(started.mesh.simulatorUrl ?? '')
  guilds = await talkativeGuilds(sim, 12)
})
afterAll(() => started[Symbol.asyncDispose]())

/** Permits that the gateways have in reserve, by their own figures. */
async function permitsInReserve(): Promise<number> {
  const texts = await Promise.all(
    started.mesh.ports.gateways.map(async ({ ops }) =>
      (await fetch(`http://127.0.0.1:${ops}/metrics`)).text(),
    ),
  )
  return texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.startsWith('guildmesh_shard_permits_reserved{'))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

/** Somebody of each guild says something, and it is stored. */
async function sayEverywhere(content: string): Promise<void> {
  const sent = await Promise.all(
    guilds.map(({ channelId, memberId }) => sim.sendMessage({ channelId, userId: memberId, content })),
  )
  await until(() => {
    const rows = queryGateways(started.mesh.stateDir, 'SELECT message_id FROM message_stats')
    const stored = new Set(rows.map(({ row }) => String(row['message_id'])))
    expect(sent.filter(({ id }) => !stored.has(id))).toEqual([])
  }, 60_000)
}

test('sessions that Discord ends while the whole control plane is away start again with permits in reserve, and events go on (I14)', async () => {
  const { mesh } = started
  await until(async () => expect(await permitsInReserve()).toBe(shards), 30_000)
  await sayEverywhere('before')
  const configs = mesh.processes.filter(({ kind }) => kind === 'config')
  for (const config of configs) config.kill('SIGSTOP')
  try {
    expect(await sim.invalidateSessions({ resumable: false })).toEqual({ sockets: shards })
    await until(async () => {
      const { gateway } = await sim.report({})
      expect(gateway.identifies).toBe(2 * shards)
    }, 60_000)
    await allConnected({ sim, shards })
    await sayEverywhere('while nobody decides')
    expect(await permitsInReserve()).toBe(0)
  } finally {
    for (const config of configs) config.kill('SIGCONT')
  }
  await until(async () => {
    const { losses } = await adminClient(mesh).gapLedger.query({})
    expect(new Set(losses.map(({ shardId }) => shardId))).toEqual(new Set([0, 1, 2]))
    expect(losses.every(({ generationAfter }) => generationAfter !== null)).toBe(true)
  }, 60_000)
  await until(async () => expect(await permitsInReserve()).toBe(shards), 60_000)
  await sayEverywhere('after')
  const { gateway } = await sim.report({})
  expect(gateway).toMatchObject({ identifiesByShard: { '0/3': 2, '1/3': 2, '2/3': 2 }, identifiesRefused: 0 })
})

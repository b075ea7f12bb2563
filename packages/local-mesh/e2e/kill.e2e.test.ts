import { createSimClient, type SimClient } from '@guildmesh/discord-sim/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminClient, ownersOf } from './admin-client.ts'
import { queryGateways } from './gateway-rows.ts'
import { type Talkative, talkativeGuilds } from './simulated-people.ts'
import { botConnected, startTestMesh, type TestMesh } from './test-mesh.ts'
import { until } from './until.ts'

let started: TestMesh
let sim: SimClient
let guilds: Talkative[]
beforeAll(async () => {
  started = await startTestMesh('kill')
  sim = createSimClient(started.mesh.simulatorUrl ?? '')
  guilds = await talkativeGuilds(sim, 9)
  await sendEverywhere('before anything is killed')
})
afterAll(() => started[Symbol.asyncDispose]())

/** A message in every guild; resolves when each is in exactly one gateway's database. */
async function sendEverywhere(content: string): Promise<void> {
  const sent = await Promise.all(
    guilds.map(({ channelId, memberId }) => sim.sendMessage({ channelId, userId: memberId, content })),
  )
  await appliedOnce(sent.map(({ id }) => id))
}

async function appliedOnce(messageIds: readonly string[]): Promise<void> {
  const wanted = messageIds.toSorted()
  await until(() => expect(appliedOf(messageIds).toSorted()).toEqual(wanted), 45_000)
}

/** Those of the messages that are in a gateway's database, each as often as it is. */
function appliedOf(messageIds: readonly string[]): string[] {
  return queryGateways(started.mesh.stateDir, 'SELECT message_id FROM message_stats')
    .map(({ row }) => String(row['message_id']))
    .filter((id) => messageIds.includes(id))
}

/** The reverse proxy answers with the portal's page, and an operator gets an answer that needs the config API. */
async function serves(): Promise<void> {
  const admin = adminClient(started.mesh)
  await until(async () => {
    expect((await fetch(`${started.mesh.url}/healthcheck`)).status).toBe(200)
    expect((await admin.status.query()).guilds.assigned).toBeGreaterThanOrEqual(guilds.length)
  }, 20_000)
}

/** Kills a process; checks that only this one has ended, that it came back, and that the launcher said so. */
async function killOne(name: string): Promise<void> {
  const others = started.mesh.processes.filter((process) => process.name !== name)
  const before = others.map(({ name: other, pid }) => [other, pid])
  const heard = started.events.length
  await started.mesh.process(name).killAndAwaitReturn('SIGKILL')
  expect(others.map(({ name: other, pid }) => [other, pid])).toEqual(before)
  const told = started.events.slice(heard).filter((entry) => entry.name === name)
  expect(told.find(({ event }) => event.type === 'ended')?.event).toMatchObject({
    exit: expect.stringContaining('SIGKILL'),
    decision: { action: 'restart' },
  })
  expect(told.at(-1)?.event.type).toBe('ready')
}

describe('kill -9 of one process: the others go on, it comes back, and the mesh serves', () => {
  test.each(['config-0', 'edge-0', 'gateway-1', 'postgres'])('%s', async (name) => {
    await killOne(name)
    await serves()
    await expect(sendEverywhere(`after ${name} was killed`)).resolves.toBeUndefined()
  })

  test('a gateway that is down misses no event (I3)', async () => {
    const gateway = started.mesh.process('gateway-2')
    const returned = gateway.killAndAwaitReturn('SIGKILL')
    const sent = await Promise.all(
      guilds.map(({ channelId, memberId }) =>
        sim.sendMessage({ channelId, userId: memberId, content: 'while gateway-2 is down' }),
      ),
    )
    await expect(appliedOnce(sent.map(({ id }) => id))).resolves.toBeUndefined()
    await returned
  })

  test('while a gateway is away, only the guilds that it owns wait, and they get everything when it is back', async () => {
    const away = started.mesh.process('gateway-2')
    const owners = new Map<string, string>(await ownersOf(adminClient(started.mesh)))
    const isAbsent = ({ guildId }: Talkative) => owners.get(guildId) === away.name
    const sent = { present: new Array<string>(), absent: new Array<string>() }
    // Stopped, it says nothing any more, and nothing tells the others that it will not come back.
    away.kill('SIGSTOP')
    try {
      for (let round = 0; round < 25; round++) {
        for (const guild of guilds) {
          const { id } = await sim.sendMessage({
            channelId: guild.channelId,
            userId: guild.memberId,
            content: `round ${round} without ${away.name}`,
          })
          sent[isAbsent(guild) ? 'absent' : 'present'].push(id)
        }
      }
      expect(sent.absent.length).toBeGreaterThan(0)
      await appliedOnce(sent.present)
      expect(appliedOf(sent.absent)).toEqual([])
    } finally {
      away.kill('SIGCONT')
    }
    await expect(appliedOnce(sent.absent)).resolves.toBeUndefined()
    await away.untilReady()
  })

  test('an edge that is down is passed over', async () => {
    const edge = started.mesh.process('edge-1')
    const first = edge.pid
    edge.kill('SIGKILL')
    await until(() => expect(edge.pid).not.toBe(first), 10_000)
    const statuses = await Promise.all(
      Array.from({ length: 20 }, async () => (await fetch(`${started.mesh.url}/healthcheck`)).status),
    )
    expect(new Set(statuses)).toEqual(new Set([200]))
    await edge.untilReady()
  })

  test('the simulator: the bot connects again, and new messages are applied', async () => {
    await killOne('simulator')
    // A simulated Discord that was started again has the same guilds, and has forgotten every session and message.
    await botConnected(started.mesh.simulatorUrl ?? '')
    await serves()
    await expect(sendEverywhere('after Discord came back')).resolves.toBeUndefined()
  })
})

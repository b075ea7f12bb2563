import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { exitCodes } from '@guildmesh/cli'
import { createSimClient } from '@guildmesh/discord-sim/client'
import { describe, expect, inject, test } from 'vitest'
import { adminClient, ownersOf } from './admin-client.ts'
import { talkativeGuilds } from './simulated-people.ts'

const mesh = inject('mesh')
const bin = fileURLToPath(new URL('../../cli/bin/guildmesh.mjs', import.meta.url))
/** A snowflake of no guild that the simulator has. */
const emptyGuild = '900000000000000001'

/** Runs the command as an operator would, with the token that `npm start` prints. */
function guildmesh(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: process.env['PATH'], GUILDMESH_URL: mesh.url, GUILDMESH_TOKEN: mesh.operatorToken }
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

describe('the guildmesh command against a running mesh', () => {
  test('status and gateway list show three active gateways', async () => {
    const status = await guildmesh('status', '-o', 'json')
    expect(status).toMatchObject({ code: exitCodes.ok, stdout: expect.stringContaining('gateway-2') })
    const list = await guildmesh('gateway', 'list')
    expect(list.code).toBe(exitCodes.ok)
    for (const name of ['gateway-0', 'gateway-1', 'gateway-2']) {
      expect(list.stdout).toMatch(new RegExp(`${name}.*active`))
    }
  })

  test('guild locate names the owner; an unknown guild is not found', async () => {
    const [guild] = await talkativeGuilds(createSimClient(mesh.simulatorUrl), 1)
    const owner = [...(await ownersOf(adminClient(mesh)))].find(
      ([guildId]) => guildId === guild?.guildId,
    )?.[1]
    const located = await guildmesh('guild', 'locate', guild?.guildId ?? '')
    expect(located).toMatchObject({
      code: exitCodes.ok,
      stdout: expect.stringContaining(owner ?? 'an owner'),
    })
    expect(await guildmesh('guild', 'locate', '900000000000000999')).toMatchObject({
      code: exitCodes.notFound,
      stderr: expect.stringMatching(/900000000000000999/),
    })
    expect((await guildmesh('guild', 'locate', '12')).code).toBe(exitCodes.usage)
  })

  test('a guild without data moves to another gateway by hand', async () => {
    const rest = `http://127.0.0.1:${mesh.ports.configs[0]?.serve}/guild/${emptyGuild}/assignment`
    const headers = { authorization: `Bearer ${mesh.operatorToken}` }
    const before = await fetch(rest, { headers })
    expect(before.status).toBe(404)
    const assigned = await fetch(rest, { method: 'POST', headers })
    expect(assigned.ok).toBe(true)
    const { pod_id: pod } = (await assigned.json()) as { pod_id: number }
    const target = `gateway-${(pod + 1) % 3}`

    const moved = await guildmesh('guild', 'move', emptyGuild, '--to', target, '--reason', 'to see it work')
    expect(moved).toMatchObject({ code: exitCodes.ok })
    await expect
      .poll(async () => (await guildmesh('guild', 'locate', emptyGuild)).stdout, { timeout: 20_000 })
      .toContain(target)
    const entries = (await adminClient(mesh).audit.query()).entries
    expect(JSON.stringify(entries)).toContain('to see it work')
  })

  test('a guild with data is refused, and stays where it is', async () => {
    const [guild] = await talkativeGuilds(createSimClient(mesh.simulatorUrl), 1)
    const guildId = guild?.guildId ?? ''
    const owner = [...(await ownersOf(adminClient(mesh)))].find(([id]) => id === guildId)?.[1]
    const target = owner === 'gateway-0' ? 'gateway-1' : 'gateway-0'
    const refused = await guildmesh('guild', 'move', guildId, '--to', target, '--reason', 'must not work')
    expect(refused.code).toBe(exitCodes.refused)
    expect(refused.stderr).toMatch(/data/)
    expect([...(await ownersOf(adminClient(mesh)))].find(([id]) => id === guildId)?.[1]).toBe(owner)
  })

  test('a wrong token is refused as such', async () => {
    const env = {
      PATH: process.env['PATH'],
      GUILDMESH_URL: mesh.url,
      GUILDMESH_TOKEN: 'gmop_not-a-token-of-this-mesh',
    }
    const code = await new Promise((resolve) => {
      execFile(process.execPath, [bin, 'status'], { env }, (error) => resolve(error?.code ?? 0))
    })
    expect(code).toBe(exitCodes.auth)
  })
})

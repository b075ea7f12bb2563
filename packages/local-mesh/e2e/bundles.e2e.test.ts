import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { configSchema } from '@guildmesh/config-api'
import { edgeConfigSchema } from '@guildmesh/edge'
import { gatewayVariables } from '@guildmesh/gateway'
import { monolithVariables } from '@guildmesh/monolith'
import { describeConfig } from '@guildmesh/runtime'
import { describe, expect, test } from 'vitest'
import { launchNode } from '../src/launch-node.ts'
import { startTestMesh } from './test-mesh.ts'

/** Runs a bundle with nothing but this environment, until it ends. */
async function runBundle(name: string, env: Record<string, string>) {
  const file = fileURLToPath(new URL(`../../${name}/dist/main.js`, import.meta.url))
  const lines: string[] = []
  const running = await launchNode({ file, args: [], env })((line) => lines.push(line))
  const { code } = await running.exited
  return { code, output: lines.join('\n') }
}

/** The services, and the schema of each one's environment. */
const services = [
  ['config-api', configSchema],
  ['gateway', gatewayVariables],
  ['edge', edgeConfigSchema],
  ['monolith', monolithVariables],
] as const

describe.each(services)('the bundled %s', (name, schema) => {
  const required = describeConfig(schema).filter((variable) => variable.required)

  test('without an environment lists everything that is missing, and exits with 2', async () => {
    const { code, output } = await runBundle(name, {})
    expect(code).toBe(2)
    expect(required.length).toBeGreaterThan(0)
    for (const variable of required) expect(output).toContain(`${variable.name}:`)
  })

  test('lists bad values together with what is missing, and shows no secret', async () => {
    const { code, output } = await runBundle(name, {
      OPS_PORT: 'nine thousand',
      LOG_LEVEL: 'loud',
      MESH_JOIN_SECRET: 'short-canary',
    })
    expect(code).toBe(2)
    expect(output).toMatch(/OPS_PORT: .*whole number/)
    expect(output).toMatch(/LOG_LEVEL: .*must be one of/)
    expect(output).toMatch(/MESH_JOIN_SECRET: .*at least/)
    expect(output).not.toContain('short-canary')
  })
})

describe('what the launcher says when it cannot start', () => {
  test('a port in use names the variable to change', async () => {
    const blocker = createServer()
    await new Promise<void>((resolve) => {
      blocker.listen(0, '127.0.0.1', resolve)
    })
    const address = blocker.address()
    if (address === null || typeof address === 'string') throw new Error('no TCP address')
    const { code, output } = await runBundle('edge', {
      HOST: '127.0.0.1',
      PORT: String(address.port),
      OPS_HOST: '127.0.0.1',
      OPS_PORT: '0',
      MESH_JOIN_SECRET: 'x'.repeat(32),
      SESSION_SECRET: 'x'.repeat(32),
      CONFIG_SERVICE_URL: 'http://127.0.0.1:9',
      PUBLIC_URL: 'http://localhost:3000',
      DISCORD_APP_ID: '100000000000000001',
      DISCORD_PUBLIC_KEY: '0'.repeat(64),
      DISCORD_CLIENT_SECRET: 'unused',
    })
    await new Promise((resolve) => blocker.close(resolve))
    expect(code).toBe(1)
    expect(output).toContain(String(address.port))
    expect(output).toMatch(/\bPORT\b/)
  })

  test('a PostgreSQL that does not start shows its own last words and what to do', async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'guildmesh-e2e-broken-'))
    try {
      await using healthy = await startTestMesh('broken-first', {
        stateDir,
        gateways: 0,
        edges: 0,
        configs: 0,
      })
      await healthy.mesh.stop()
      writeFileSync(join(stateDir, 'postgres', 'postgresql.conf'), 'shared_buffers = plenty\n')
      const failure = await startTestMesh('broken', { stateDir, gateways: 0, edges: 0, configs: 0 }).catch(
        String,
      )
      expect(failure).toMatch(/postgres did not start/)
      expect(failure).toMatch(/plenty|postgresql.conf/)
      expect(failure).toMatch(/remove the data folder|DATABASE_URL/)
    } finally {
      rmSync(stateDir, { recursive: true, force: true })
    }
  })
})

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { joinSecret } from '../test/start-core.ts'
import { createTestDatabase, type TestDatabase } from '@guildmesh/postgres-dev/test-postgres'

const packageFolder = fileURLToPath(new URL('..', import.meta.url))
const bundle = fileURLToPath(new URL('../dist/main.js', import.meta.url))
let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
  if (!existsSync(bundle)) {
    execFileSync(process.execPath, ['../../scripts/bundle.ts'], { cwd: packageFolder })
  }
}, 60_000)
afterAll(async () => {
  await database[Symbol.asyncDispose]()
})

function environment(): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    PORT: '0',
    OPS_HOST: '127.0.0.1',
    OPS_PORT: '0',
    DATABASE_URL: database.url,
    MESH_JOIN_SECRET: joinSecret.reveal(),
  }
}

/** Starts the bundled service as a process, as its image does. */
function start(variables: Record<string, string>) {
  const child = spawn(process.execPath, [bundle], {
    env: { PATH: process.env.PATH ?? '', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text))
  return { child, said }
}

async function exitCode(child: ChildProcess): Promise<unknown> {
  if (child.exitCode !== null) return child.exitCode
  const [code]: unknown[] = await once(child, 'exit')
  return code
}

function residentMegabytes(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}

describe('the bundled service', () => {
  test('brings an empty database up to date, serves in 150 MB, is ready, and ends with SIGTERM', async () => {
    await database.query('DROP SCHEMA public CASCADE')
    await database.query('CREATE SCHEMA public')
    const { child, said } = start(environment())
    await expect.poll(() => said.out, { timeout: 20_000 }).toContain('the config API is ready')
    const ports = /"port":(\d+),"opsPort":(\d+)/.exec(said.out)
    const health = await fetch(`http://127.0.0.1:${ports?.[1]}/health`)
    expect(await health.json()).toEqual({ status: 'ok' })
    const ready = await fetch(`http://127.0.0.1:${ports?.[2]}/readyz?verbose`)
    expect(await ready.text()).toBe('[+] postgres: answers\nready\n')
    if (process.platform === 'linux') expect(residentMegabytes(child.pid)).toBeLessThan(150)
    child.kill('SIGTERM')
    expect(await exitCode(child)).toBe(0)
    expect(said.out).not.toContain(joinSecret.reveal())
  })

  test('lists every problem of its configuration, and exits with 2', async () => {
    const { child, said } = start({ PORT: 'http' })
    expect(await exitCode(child)).toBe(2)
    for (const variable of ['PORT', 'DATABASE_URL', 'MESH_JOIN_SECRET']) expect(said.err).toContain(variable)
  })

  test('says what to do about a port that is taken', async () => {
    const { child: first, said } = start(environment())
    await expect.poll(() => said.out, { timeout: 20_000 }).toContain('the config API is ready')
    const port = /"port":(\d+)/.exec(said.out)?.[1] ?? ''
    const second = start({ ...environment(), PORT: port })
    expect(await exitCode(second.child)).toBe(1)
    expect(second.said.err).toContain('Set PORT to a free port')
    first.kill('SIGTERM')
    expect(await exitCode(first)).toBe(0)
  })
})

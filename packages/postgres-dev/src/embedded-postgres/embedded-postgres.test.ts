import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentLog } from '../test-postgres/test-server.ts'
import { findPostgresBinaries } from './binaries.ts'
import { chooseProcessGuard } from './process-guard.ts'
import { startEmbeddedPostgres } from './start-embedded-postgres.ts'

/** Preparing a data folder takes longest, so the tests share one, each leaving it stopped. */
let folder: string
let dataDir: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'guildmesh-embedded-'))
  dataDir = join(folder, 'data')
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

function start(at = dataDir, settings: Record<string, string> = {}) {
  return startEmbeddedPostgres({ dataDir: at, logger: silentLog, settings: { fsync: 'off', ...settings } })
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows[0]
  } finally {
    await client.end()
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('data outlives a stop; no password file, and no open port', async () => {
  {
    await using postgres = await start()
    await ask(postgres.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
    expect(await ask(postgres.url, 'SHOW listen_addresses')).toEqual({ listen_addresses: '' })
  }
  await using postgres = await start()
  expect(await ask(postgres.url, 'SELECT answer FROM kept')).toEqual({ answer: 42 })
  expect(readdirSync(folder)).toEqual(['data'])
  expect(readdirSync(dataDir).filter((name) => /pass|pw/i.test(name))).toEqual([])
})

test('stopping leaves no process and no socket', async () => {
  const postgres = await start()
  await postgres.stop()
  expect(isRunning(postgres.pid)).toBe(false)
  expect(readdirSync(dataDir).filter((name) => name.startsWith('.s.PGSQL'))).toEqual([])
  await postgres.stop()
})

test('a folder too deep for a socket gets its socket elsewhere, and nothing of it stays', async () => {
  const before = new Set(readdirSync(tmpdir()).filter((name) => name.startsWith('guildmesh-pg-')))
  const deep = join(folder, 'd'.repeat(120))
  renameSync(dataDir, deep)
  const postgres = await start(deep)
  expect(await ask(postgres.url, 'SELECT 1 AS one')).toEqual({ one: 1 })
  await postgres.stop()
  renameSync(deep, dataDir)
  const left = readdirSync(tmpdir()).filter((name) => name.startsWith('guildmesh-pg-') && !before.has(name))
  expect(left).toEqual([])
})

test('a second server on the same data is refused in words; a lock that a killed one left is not in the way', async () => {
  const first = await start()
  await expect(start()).rejects.toThrow(new RegExp(`process ${first.pid}\\) already runs on`))
  await first.stop()
  // The process id of somebody else by now: this very test.
  writeFileSync(join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n`)
  await using again = await start()
  expect(await ask(again.url, 'SELECT 1 AS one')).toEqual({ one: 1 })
})

test('the server that is killed is reported, and the next start recovers', async () => {
  const postgres = await start(dataDir, { fsync: 'on' })
  await ask(postgres.url, 'CREATE TABLE survived AS SELECT 42 AS answer')
  process.kill(postgres.pid, 'SIGKILL')
  await expect(postgres.failed).rejects.toThrow(/PostgreSQL ended by itself \(SIGKILL\)/)
  await expect
    .poll(
      () =>
        start().then(
          async (again) => {
            const kept = await ask(again.url, 'SELECT answer FROM survived')
            await again.stop()
            return kept
          },
          (error: unknown) => String(error),
        ),
      { timeout: 15_000 },
    )
    .toEqual({ answer: 42 })
})

test('a parent that is killed takes the server with it, and the data is left clean', async () => {
  const script = join(folder, 'parent.ts')
  const module = new URL('../index.ts', import.meta.url).href
  writeFileSync(
    script,
    `import { startEmbeddedPostgres } from ${JSON.stringify(module)}
     const log = { debug() {}, info() {} }
     const postgres = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, logger: log })
     process.stdout.write(String(postgres.pid))
     setInterval(() => {}, 1000)`,
  )
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [said] = await once(parent.stdout, 'data')
  const pid = Number(String(said))
  expect(isRunning(pid)).toBe(true)
  parent.kill('SIGKILL')
  await expect.poll(() => isRunning(pid), { timeout: 15_000 }).toBe(false)
  expect(existsSync(join(dataDir, 'postmaster.pid'))).toBe(false)
})

describe('a start that fails says why, and what to do', () => {
  test('a setting that PostgreSQL does not know: with its last lines', async () => {
    const attempt = start(dataDir, { shared_buffers: 'much' })
    await expect(attempt).rejects.toThrow(/PostgreSQL did not start.*shared_buffers.*DATABASE_URL/s)
  })

  test('a folder that holds something else', async () => {
    const occupied = join(folder, 'occupied')
    mkdirSync(occupied)
    writeFileSync(join(occupied, 'notes.txt'), 'mine')
    await expect(start(occupied)).rejects.toThrow(/could not be prepared.*must be empty/s)
    expect(readFileSync(join(occupied, 'notes.txt'), 'utf8')).toBe('mine')
  })

  test('a machine for which npm has no PostgreSQL, or whose package was left out', () => {
    expect(() => findPostgresBinaries('win32', 'x64')).toThrow(
      /no PostgreSQL from npm for win32-x64.*DATABASE_URL/,
    )
    const other = process.arch === 'x64' ? 'arm64' : 'x64'
    expect(() => findPostgresBinaries('linux', other)).toThrow(/is not installed.*npm ci/)
  })
})

test('nothing runs as root: root runs it as nobody, anybody else as themselves', () => {
  const command = ['postgres', '-D', 'data'] as const
  expect(chooseProcessGuard(1000).once(command)).toEqual(command)
  expect(chooseProcessGuard(1000).supervised(command).slice(-3)).toEqual(command)
  if (process.getuid?.() !== 0) return
  expect(chooseProcessGuard(0).once(command).slice(0, 2)).toEqual(['unshare', '-U'])
  expect(chooseProcessGuard(0).supervised(command)).toContain('--pdeathsig')
})

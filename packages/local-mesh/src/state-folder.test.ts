import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStateFolder, StateFolderBusyError } from './state-folder.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'guildmesh-state-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

describe('the state folder', () => {
  test('keeps its secrets, readable by their owner only, until a fresh start', () => {
    const path = join(dir, 'state')
    using first = openStateFolder(path, false)
    expect(first.secrets.join).toMatch(/^[0-9a-f]{64}$/)
    expect(statSync(join(path, 'secrets.json')).mode & 0o777).toBe(0o600)
    const kept = first.secrets
    first[Symbol.dispose]()
    using second = openStateFolder(path, false)
    expect(second.secrets).toEqual(kept)
    second[Symbol.dispose]()
    using third = openStateFolder(path, true)
    expect(third.secrets).not.toEqual(kept)
  })

  test('is one launcher’s at a time', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
    await once(other, 'spawn')
    openStateFolder(dir, false)[Symbol.dispose]()
    writeFileSync(join(dir, 'launcher.pid'), String(other.pid))
    expect(() => openStateFolder(dir, true)).toThrow(StateFolderBusyError)
    expect(() => openStateFolder(dir, false)).toThrow(new RegExp(`process ${other.pid}.*kill ${other.pid}`))
    const exited = once(other, 'exit')
    other.kill()
    await exited
    using mine = openStateFolder(dir, false)
    expect(readFileSync(join(mine.path, 'launcher.pid'), 'utf8')).toBe(String(process.pid))
  })

  test('gives PostgreSQL a path short enough for its socket, and cleans up after itself', () => {
    const deep = join(dir, 'x'.repeat(60), 'y'.repeat(60))
    const state = openStateFolder(deep, false)
    expect(Buffer.byteLength(state.postgresDir)).toBeLessThanOrEqual(88)
    expect(realpathSync(state.postgresDir)).toBe(realpathSync(join(deep, 'postgres')))
    state[Symbol.dispose]()
    expect(existsSync(dirname(state.postgresDir))).toBe(false)
    expect(existsSync(join(deep, 'launcher.pid'))).toBe(false)
  })
})

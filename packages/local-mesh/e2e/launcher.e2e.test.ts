import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { measureMemory } from '../src/memory-report.ts'
import { launch } from './launched.ts'

let home: string
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'guildmesh-e2e-home-'))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/**
 * Each service under 140 MB resident, all processes together under 1.5 GB of what the machine spends. A gateway that
 * loaded discord.js, which only mounted modules need, would be above.
 */
function expectMemoryWithinTargets(pids: ReadonlyMap<string, number>): void {
  if (process.platform !== 'linux') return
  const rows = measureMemory(pids)
  const heavy = rows.filter(({ name, rssBytes }) => /^(config|gateway|edge)-/.test(name) && rssBytes >= 140e6)
  expect(heavy).toEqual([])
  expect(rows.reduce((sum, { pssBytes }) => sum + pssBytes, 0)).toBeLessThan(1.5e9)
}

describe('npm start', () => {
  test('greets with an address that serves the portal; Ctrl-C ends every process and leaves nothing behind', async () => {
    const launcher = await launch(home)
    await launcher.says(/guildmesh is ready/)
    const shown = launcher.lines.join('\n')
    const url = /portal +(http:\/\/localhost:\d+)/.exec(shown)?.[1] ?? ''
    expect(await (await fetch(url)).text()).toMatch(/<html/i)
    expect(shown).toMatch(/sign in as +demo/)
    expect(shown).toMatch(/operator token +gmop_/)

    const running = launcher.pids()
    expect(running.map(([name]) => name)).toEqual(
      expect.arrayContaining(['postgres', 'simulator', 'config-1', 'gateway-2', 'edge-1']),
    )
    expect(running.every(([, pid]) => isAlive(pid))).toBe(true)
    expectMemoryWithinTargets(new Map(running))
    launcher.child.kill('SIGINT')
    expect(await launcher.ended).toBe(0)
    expect(running.filter(([, pid]) => isAlive(pid))).toEqual([])
    expect(readdirSync(launcher.temporary)).toEqual([])
    expect(readdirSync(launcher.state)).not.toContain('launcher.pid')
  })

  test('a killed launcher takes every process with it; the next start goes on with its state', async () => {
    const launcher = await launch(home, '--quiet')
    await launcher.says(/guildmesh is ready/)
    expect(launcher.lines.join('\n')).not.toMatch(/edge-0 +serving/)
    const running = launcher.pids().filter(([name]) => name !== 'launcher')
    const second = await launch(home)
    expect(await second.ended).toBe(1)
    expect(second.lines.join('\n')).toMatch(/Another guildmesh \(process \d+\)/)
    expect(running.every(([, pid]) => isAlive(pid))).toBe(true)

    launcher.child.kill('SIGKILL')
    await launcher.ended
    await expect.poll(() => running.filter(([, pid]) => isAlive(pid)), { timeout: 15_000 }).toEqual([])
    const third = await launch(home)
    await third.says(/guildmesh is ready/)
    third.child.kill('SIGTERM')
    expect(await third.ended).toBe(0)
  })
})

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
/** The root of the repository, where people run `npm start`. */
const root = fileURLToPath(new URL('../../..', import.meta.url))

/** The launcher as `npm start` runs it, with temporary and state folders of its own below `home`. */
export async function launch(home: string, ...args: string[]) {
  const temporary = mkdtempSync(join(home, 'tmp-'))
  const state = join(home, 'state')
  const child = spawn(process.execPath, [main, '--state', state, '--guilds', '4', '--rate', '2', ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: home, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => lines.push(line))
  }
  const says = async (text: RegExp) => {
    await expect
      .poll(() => lines.findLast((line) => text.test(line)) ?? lines.slice(-20), { timeout: 60_000 })
      .toEqual(expect.stringMatching(text))
  }
  const pids = () => {
    const running: Record<string, number> = JSON.parse(readFileSync(join(state, 'processes.json'), 'utf8'))
    return Object.entries(running)
  }
  return { child, lines, ended, says, pids, temporary, state }
}

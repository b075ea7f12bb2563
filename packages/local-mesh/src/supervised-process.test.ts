import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { launchNode, MissingBuildError } from './launch-node.ts'
import { type ProcessEvent, ProcessStartError, SupervisedProcess } from './supervised-process.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'guildmesh-supervised-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** A supervised process that runs `source` and is ready once it has written `ready`. */
async function supervise(name: string, source: string) {
  const file = join(dir, `${name}.mjs`)
  await writeFile(file, source)
  const events: ProcessEvent[] = []
  const lines: string[] = []
  let lastStarted = 0
  const supervised = new SupervisedProcess({
    name,
    launch: launchNode({ file, args: [], env: {} }),
    probe: async () => ({ ok: lines.slice(lastStarted).includes('ready'), detail: 'the word' }),
    onLine: (line) => lines.push(line),
    onEvent(event) {
      if (event.type === 'ended') lastStarted = lines.length
      events.push(event)
    },
  })
  return { supervised, events, lines }
}

const serves = `process.on('SIGTERM', () => process.exit(0)); console.log('ready'); setInterval(() => {}, 1000)`

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('a supervised process', () => {
  test('that is killed is restarted, and reports so', async () => {
    const { supervised, events } = await supervise('killed', serves)
    await supervised.start()
    const first = supervised.pid
    await supervised.killAndAwaitReturn('SIGKILL')
    expect(supervised.starts).toBe(2)
    expect(supervised.pid).not.toBe(first)
    const milestones = events.filter(({ type }) => type !== 'waiting')
    expect(milestones.map(({ type }) => type)).toEqual(['started', 'ready', 'ended', 'started', 'ready'])
    expect(events).toContainEqual({ type: 'waiting', detail: 'the word' })
    expect(milestones[2]).toMatchObject({ exit: 'killed by SIGKILL', decision: { action: 'restart' } })
    await supervised.stop(5000)
  })

  test('that is stopped stays stopped', async () => {
    const { supervised, events } = await supervise('stopped', serves)
    await supervised.start()
    const pid = supervised.pid ?? 0
    await supervised.stop(5000)
    expect(isAlive(pid)).toBe(false)
    expect(supervised.pid).toBeNull()
    expect(events.some(({ type }) => type === 'ended')).toBe(false)
  })

  test('that ignores SIGTERM is ended by force', async () => {
    const { supervised } = await supervise(
      'stubborn',
      `process.on('SIGTERM', () => {}); console.log('ready'); setInterval(() => {}, 1000)`,
    )
    await supervised.start()
    const pid = supervised.pid ?? 0
    await supervised.stop(100)
    expect(isAlive(pid)).toBe(false)
  })

  test('that never becomes ready is given up with its last lines', async () => {
    const { supervised } = await supervise('broken', `console.error('no disk'); process.exit(1)`)
    const failure = await supervised.start().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ProcessStartError)
    expect(String(failure)).toMatch(/broken did not start: exit code 1; it exited 4 times[\s\S]*no disk/)
    await supervised.stop(100)
  })

  test('with a wrong configuration is not tried twice', async () => {
    const { supervised } = await supervise(
      'wrong',
      `console.error('PORT: must be a number'); process.exit(2)`,
    )
    await expect(supervised.start()).rejects.toThrow(/configuration is wrong[\s\S]*PORT: must be a number/)
    expect(supervised.starts).toBe(1)
  })

  test('that was not built says how to build it', async () => {
    const launch = launchNode({ file: join(dir, 'absent.js'), args: [], env: {} })
    await expect(launch(() => {})).rejects.toThrow(MissingBuildError)
    await expect(launch(() => {})).rejects.toThrow(/npm run build/)
  })
})

describe('the lifeline', () => {
  test.each([
    ['without its help', 'setInterval(() => {}, 1000)'],
    ['even when it is stuck', "process.on('SIGTERM', () => { for (;;); }); setInterval(() => {}, 1000)"],
  ])('ends a process whose launcher was killed, %s', { timeout: 30_000 }, async (_how, behaviour) => {
    const child = join(dir, 'orphan.mjs')
    await writeFile(child, `console.log('pid ' + process.pid); ${behaviour}`)
    const launcher = join(dir, 'launcher.mjs')
    const launchNodeUrl = new URL('launch-node.ts', import.meta.url).href
    await writeFile(
      launcher,
      `import { launchNode } from ${JSON.stringify(launchNodeUrl)}
       await launchNode({ file: ${JSON.stringify(child)}, args: [], env: {} })((line) => console.log(line))`,
    )
    const lines: string[] = []
    const running = await launchNode({ file: launcher, args: [], env: {} })((line) => lines.push(line))
    await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 10_000 })
    const orphan = Number(lines[0]?.slice('pid '.length))
    expect(isAlive(orphan)).toBe(true)
    running.signal('SIGKILL')
    await running.exited
    await vi.waitFor(() => expect(isAlive(orphan)).toBe(false), { timeout: 20_000 })
  })
})

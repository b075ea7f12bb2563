import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'

const script = fileURLToPath(new URL('../../test/fixtures/service.ts', import.meta.url))
const good = { MESH_JOIN_SECRET: 'x'.repeat(32), PORT: '0' }

class Child {
  readonly process
  readonly #exited
  output = ''
  errors = ''

  constructor(environment: Record<string, string>) {
    this.process = spawn(process.execPath, [script], {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.process.stdout.on('data', (chunk: Buffer) => (this.output += chunk.toString()))
    this.process.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()))
    this.#exited = once(this.process, 'close')
  }

  /** Waits for a line of the fixture; fails if the process ends without it. */
  async says(line: string): Promise<void> {
    while (!this.steps().includes(line)) {
      const ended = await Promise.race([once(this.process.stdout, 'data').then(() => false), this.#exited])
      if (ended && !this.steps().includes(line))
        throw new Error(`never said ${line}: ${this.output}${this.errors}`)
    }
  }

  /** The fixture's own lines, without log records. */
  steps(): string[] {
    return this.output.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
  }

  async exitCode(): Promise<number | null> {
    await this.#exited
    return this.process.exitCode
  }
}

const children: Child[] = []
function start(fixture: string, environment: Record<string, string> = good): Child {
  const child = new Child({ ...environment, FIXTURE: fixture })
  children.push(child)
  return child
}

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.process.kill('SIGKILL')
    await child.exitCode()
  }
})

describe('the life-cycle of a service', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s: it drains, disposes and exits with 0', async (signal) => {
    const child = start('plain')
    await child.says('serving')
    child.process.kill(signal)
    expect(await child.exitCode()).toBe(0)
    expect(child.steps()).toEqual(['serving', 'draining', 'drained', 'disposed'])
  })

  it('stops at once on a second signal, still in order', async () => {
    const child = start('slow drain')
    await child.says('serving')
    child.process.kill('SIGTERM')
    await child.says('draining')
    child.process.kill('SIGTERM')
    expect(await child.exitCode()).toBe(0)
    expect(child.steps()).toEqual(['serving', 'draining', 'disposed'])
  })

  it('does not wait for a hand-over beyond its grace', async () => {
    const child = start('slow drain', { ...good, SHUTDOWN_GRACE_MS: '50' })
    await child.says('serving')
    child.process.kill('SIGTERM')
    expect(await child.exitCode()).toBe(0)
    expect(child.steps()).toEqual(['serving', 'draining', 'disposed'])
  })

  it('can be ended while it is still starting', async () => {
    const child = start('slow start')
    await child.says('starting')
    child.process.kill('SIGTERM')
    expect(await child.exitCode()).toBe(0)
    expect(child.steps()).toContain('disposed')
  })

  it.each([
    ['part fails', 'the lease is lost'],
    ['rejection', 'nobody waits'],
  ])('%s: it says why, disposes and exits with 1', async (fixture, why) => {
    const child = start(fixture)
    expect(await child.exitCode()).toBe(1)
    expect(child.output).toContain(why)
    expect(child.steps()).toEqual(['serving', 'disposed'])
  })

  it('exits with 1 and says why if it cannot start', async () => {
    const child = start('cannot start')
    expect(await child.exitCode()).toBe(1)
    expect(child.output).toContain('PostgreSQL is not there')
    expect(child.errors).toBe('fixture cannot start. PostgreSQL is not there\n')
  })

  it('lists all problems of its configuration and exits with 2', async () => {
    const child = start('plain', { PORT: 'x', OPS_PORT: '-1', LOG_LEVEL: 'loud' })
    expect(await child.exitCode()).toBe(2)
    expect(child.errors).toContain('fixture cannot start. The configuration has 4 problems:')
    for (const variable of ['PORT', 'OPS_PORT', 'LOG_LEVEL', 'MESH_JOIN_SECRET']) {
      expect(child.errors).toContain(`  ${variable}: `)
    }
    expect(child.errors).toContain('start again')
  })
})

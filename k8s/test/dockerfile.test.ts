import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** One line of the Dockerfile, continuation lines joined. */
interface Instruction {
  readonly stage: string
  readonly word: string
  readonly rest: string
}

function readDockerfile(): Instruction[] {
  let stage = ''
  return readFileSync(join(root, 'Dockerfile'), 'utf8')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => {
      const [word = '', ...rest] = line.trim().split(/\s+/)
      if (word === 'FROM') stage = rest[2] ?? ''
      return { stage, word, rest: rest.join(' ') }
    })
}

/** Patterns of .dockerignore that let something into the build. */
function admittedByDockerignore(): string[] {
  return readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('!'))
    .map((line) => line.slice(1))
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

const instructions = readDockerfile()
const targets = ['config', 'gateway', 'http', 'monolith']
const lastOf = (stage: string, word: string) =>
  instructions.findLast((one) => one.stage === stage && one.word === word)?.rest

describe('Dockerfile', () => {
  test('has a target for each service, and every stage it copies from', () => {
    const stages = instructions.filter(({ word }) => word === 'FROM').map(({ stage }) => stage)
    expect(stages).toEqual(expect.arrayContaining(targets))
    for (const { rest } of instructions.filter(({ word }) => word === 'COPY')) {
      const from = /--from=(\S+)/.exec(rest)?.[1]
      if (from !== undefined) expect(stages).toContain(from)
    }
  })

  test('copies only files that exist and that .dockerignore lets in', () => {
    const admitted = admittedByDockerignore()
    const sources = instructions
      .filter(({ word, rest }) => word === 'COPY' && !rest.includes('--from='))
      .flatMap(({ rest }) => rest.split(' ').slice(0, -1))
      .filter((path) => path !== '.')
    expect(sources.length).toBeGreaterThan(0)
    expect(sources.filter((path) => !existsSync(join(root, path)))).toEqual([])
    const shutOut = sources.filter((path) => !admitted.some((entry) => isWithin(path, entry)))
    expect(shutOut).toEqual([])
  })

  test('.dockerignore lets in every workspace manifest that the lockfile names', () => {
    const lock: { packages: Record<string, unknown> } = JSON.parse(
      readFileSync(join(root, 'package-lock.json'), 'utf8'),
    )
    const workspaces = Object.keys(lock.packages).filter(
      (path) => path !== '' && !path.includes('node_modules'),
    )
    const admitted = admittedByDockerignore()
    const shutOut = workspaces.filter(
      (path) => !admitted.some((entry) => isWithin(`${path}/package.json`, entry)),
    )
    expect(shutOut).toEqual([])
  })

  test('prunes and builds workspaces that exist', () => {
    const text = readFileSync(join(root, 'Dockerfile'), 'utf8')
    const named = [...text.matchAll(/@guildmesh\/([a-z-]+)/g)].map(([, name]) => String(name))
    expect(named.length).toBeGreaterThan(0)
    expect(named.filter((name) => !existsSync(join(root, 'packages', name, 'package.json')))).toEqual([])
  })

  test('pins the turbo that the lockfile pins, and the Node of .node-version', () => {
    const manifest: { devDependencies: { turbo: string } } = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    )
    expect(instructions.some(({ rest }) => rest.endsWith(`turbo@${manifest.devDependencies.turbo}`))).toBe(
      true,
    )
    const major = readFileSync(join(root, '.node-version'), 'utf8').split('.')[0]?.trim()
    const bases = instructions
      .filter(({ word }) => word === 'FROM')
      .map(({ rest }) => rest.split(' ')[0] ?? '')
    expect(bases.filter((base) => base.startsWith('node:'))).toEqual(
      bases.filter((base) => base.startsWith('node:')).map(() => `node:${major}-slim`),
    )
  })

  test.each(targets)('%s runs its bundle as a user that is not root', (target) => {
    expect(lastOf(target, 'USER')).toBe('1000:1000')
    expect(lastOf(target, 'CMD')).toMatch(/^\["node", ("--[a-z-]+=\d+", )?"dist\/main\.js"\]$/)
    expect(lastOf(target, 'FROM')).toContain('runtime')
  })

  test('native modules are only where SQLite is', () => {
    const native = instructions.filter(
      ({ word, rest }) => word === 'COPY' && rest.includes('--from=modules-'),
    )
    expect(native.map(({ stage }) => stage)).toEqual(['gateway', 'monolith'])
  })
})

import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../../..')
const copied = ['contracts', 'placement', 'runtime', 'edge', 'portal']
let copy: string

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'guildmesh-contract-change-'))
  cpSync(join(root, 'tsconfig.base.json'), join(copy, 'tsconfig.base.json'))
  linkModules(join(root, 'node_modules'), join(copy, 'node_modules'))
  for (const name of copied) {
    cpSync(join(root, 'packages', name), join(copy, 'packages', name), {
      recursive: true,
      filter: (path) => !/\/(node_modules|dist|\.tsbuild|\.turbo|reports)$/.test(path),
    })
    const nested = join(root, 'packages', name, 'node_modules')
    if (existsSync(nested)) linkModules(nested, join(copy, 'packages', name, 'node_modules'))
    if (name !== 'portal') withoutTests(join(copy, 'packages', name, 'tsconfig.json'))
  }
})

afterAll(() => rmSync(copy, { recursive: true, force: true }))

test('a changed output in contracts breaks the type check of the edge and of the portal', async () => {
  expect(await typeErrors('edge'), 'the copy type-checks as it is').toBe('')
  expect(await typeErrors('portal'), 'the copy type-checks as it is').toBe('')

  const schemas = join(copy, 'packages/contracts/src/gateway/guild-schemas.ts')
  const changed = readFileSync(schemas, 'utf8').replaceAll(
    'messages: z.int().min(0)',
    'posts: z.int().min(0)',
  )
  writeFileSync(schemas, changed)

  expect(await typeErrors('portal')).toMatch(/packages\/portal\/src\/.*error TS.*messages/)
  // The edge passes activity through whole; what it reads itself is the member's standing.
  writeFileSync(schemas, changed.replace('isModerator: z.boolean()', 'moderates: z.boolean()'))
  expect(await typeErrors('edge')).toMatch(/packages\/edge\/src\/.*error TS.*isModerator/)
}, 120_000)

/** What `tsc -b` says of a package of the copy; empty if it has no error. */
async function typeErrors(name: string): Promise<string> {
  const tsc = join(root, 'node_modules/.bin/tsc')
  try {
    await promisify(execFile)(tsc, ['-b', `packages/${name}`, '--pretty', 'false'], { cwd: copy })
    return ''
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string') return error.stdout
    throw error
  }
}

/** Tests of services lean on neighbours that the copy does not have, and what ships is what must break. */
function withoutTests(tsconfig: string): void {
  const { references, ...rest }: { references: { path: string }[] } = JSON.parse(
    readFileSync(tsconfig, 'utf8'),
  )
  const kept = references.filter(({ path }) => copied.includes(basename(path)))
  writeFileSync(
    tsconfig,
    JSON.stringify({ ...rest, include: ['src'], exclude: ['**/*.test.*'], references: kept }),
  )
}

/** Fills a folder with links to installed packages, except our own, which resolve to the copy. */
function linkModules(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const entry of readdirSync(from)) {
    if (entry === '@guildmesh') continue
    symlinkSync(join(from, entry), join(to, entry))
  }
  if (to !== join(copy, 'node_modules')) return
  mkdirSync(join(to, '@guildmesh'))
  for (const name of copied) symlinkSync(join(copy, 'packages', name), join(to, '@guildmesh', name))
}

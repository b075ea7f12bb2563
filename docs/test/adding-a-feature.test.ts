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
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readSteps, takeStep, withMigrationNumber } from './followed-page.ts'
import { root } from './source-tree.ts'

const migrations = readdirSync(join(root, 'packages/guild-store/src/migrations')).filter((name) =>
  /^\d{4}-/.test(name),
)
const steps = withMigrationNumber(
  readSteps(readFileSync(join(root, 'docs/adding-a-feature.md'), 'utf8')),
  migrations.length + 1,
)
const copied = ['bot', 'guild-store', 'contracts']
let copy: string

/** A copy of the packages that a feature touches, with the installed modules of the repository. */
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'guildmesh-adding-a-feature-'))
  cpSync(join(root, 'tsconfig.base.json'), join(copy, 'tsconfig.base.json'))
  mkdirSync(join(copy, 'node_modules/@guildmesh'), { recursive: true })
  for (const entry of readdirSync(join(root, 'node_modules'))) {
    if (entry !== '@guildmesh')
      symlinkSync(join(root, 'node_modules', entry), join(copy, 'node_modules', entry))
  }
  for (const name of copied) {
    cpSync(join(root, 'packages', name), join(copy, 'packages', name), {
      recursive: true,
      filter: (path) => !/\/(dist|\.tsbuild|\.turbo|reports)$/.test(path),
    })
    symlinkSync(join(copy, 'packages', name), join(copy, 'node_modules/@guildmesh', name))
  }
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

/** Runs an installed tool in the copy; gives what it said if it failed, else nothing. */
async function complaintsOf(tool: string, args: readonly string[]): Promise<string> {
  try {
    await promisify(execFile)(join(root, 'node_modules/.bin', tool), args, { cwd: copy })
    return ''
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string') return error.stdout
    throw error
  }
}

test('whoever follows the page has a feature that type-checks, passes its test and fits the schema', async () => {
  expect(steps.length).toBeGreaterThan(5)
  for (const step of steps) {
    const path = join(copy, step.path)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, takeStep(step, existsSync(path) ? readFileSync(path, 'utf8') : null))
  }
  expect(await complaintsOf('tsc', ['-b', 'packages/bot', '--pretty', 'false'])).toBe('')
  const bot = ['run', '--root', 'packages/bot', 'src/features/ping', 'src/features/all-features.test.ts']
  expect(await complaintsOf('vitest', bot)).toBe('')
  const store = ['run', '--root', 'packages/guild-store', 'src/schema']
  expect(await complaintsOf('vitest', store)).toBe('')
}, 120_000)

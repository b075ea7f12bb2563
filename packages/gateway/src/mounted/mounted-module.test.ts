import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SlashCommandBuilder } from 'discord.js'
import { expect, test } from 'vitest'
import { loadMountedModules, MountedModuleError, readMountedModule, refuseTwins } from './mounted-module.ts'

const mount = () => {}
const ping = new SlashCommandBuilder().setName('ping').setDescription('Says pong')

test('a function, or an object with mount, is a module; builders and bodies are its commands', () => {
  expect(readMountedModule('/bots/greeter.js', { default: mount })).toMatchObject({
    name: 'greeter',
    commands: null,
    partials: [],
  })
  const { commands } = readMountedModule('x.mjs', {
    default: { mount, commands: [ping, { name: 'Quote', type: 3 }] },
  })
  expect(commands).toMatchObject([
    { name: 'ping', description: 'Says pong' },
    { name: 'Quote', type: 3 },
  ])
  expect(readMountedModule('x.ts', { default: mount, commands: [ping] }).commands).toHaveLength(1)
})

test.each([
  ['nothing', {}, /default export/],
  ['a class of settings', { default: { token: 'x' } }, /default export/],
  ['commands that are no list', { default: mount, commands: 'ping' }, /`commands`/],
  ['a command without a name', { default: mount, commands: [{}] }, /`commands`/],
  ['partials that discord.js does not know', { default: mount, partials: [99] }, /`partials`/],
])('%s is refused, and the message says what to do', (_what, exported, problem) => {
  const read = () => readMountedModule('/bots/broken.js', exported)
  expect(read).toThrow(MountedModuleError)
  expect(read).toThrow(problem)
  expect(read).toThrow('/bots/broken.js')
})

test('a file that is not there, or fails when imported, is named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mounted-module-'))
  try {
    const path = join(folder, 'broken.mjs')
    writeFileSync(path, 'throw new Error("no database")')
    await expect(loadMountedModules([path])).rejects.toThrow(/broken\.mjs .*no database/)
    await expect(loadMountedModules([join(folder, 'absent.mjs')])).rejects.toThrow(MountedModuleError)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

const command = (name: string, type: 1 | 2) => ({ name, commands: [{ name: 'ping', description: '', type }] })

test('two modules may not have the same command; a menu and a command may share a name', () => {
  const twins = [command('a', 1), command('b', 1)] as Parameters<typeof refuseTwins>[0]
  expect(() => refuseTwins(twins)).toThrow(/a has a command ping too/)
  expect(() => refuseTwins([command('a', 1), command('b', 2)] as typeof twins)).not.toThrow()
})

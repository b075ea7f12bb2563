import { execFile, execFileSync, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildPackage } from '../packaging/build-package.ts'
import { startFast } from './sim-fixture.ts'

const run = promisify(execFile)
/** Node 20.19 is the oldest that the package promises. */
const oldestNode = [20, 19]

const nodeModules = fileURLToPath(new URL('../../../node_modules', import.meta.url))
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'discord-sim-package-'))
  const tarball = await buildPackage(join(folder, 'built'))
  // Without a registry: the package depends on nothing.
  const installed = join(folder, 'installed')
  mkdirSync(installed)
  writeFileSync(join(installed, 'package.json'), '{ "type": "module" }')
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: installed })
  writeFileSync(join(installed, 'use.js'), usingTheLibrary)
  writeFileSync(join(installed, 'typed.ts'), usingTheTypes)
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const usingTheLibrary = `
import { startDiscordSim } from 'discord-sim'
import { createSimClient } from 'discord-sim/client'
const sim = await startDiscordSim({ guilds: 2 })
const client = createSimClient(sim.urls.base)
const guilds = await client.guilds()
await sim.stop()
console.log(guilds.length)
`

const usingTheTypes = `
import { startDiscordSim } from 'discord-sim'
import { createSimClient } from 'discord-sim/client'
const client = createSimClient('http://127.0.0.1:4400')
const name: string = (await client.guilds()).map((guild) => guild.name).join()
const sim = await startDiscordSim({ guilds: 1 })
const view = await sim.control.runCommand({ userId: '1', channelId: '2', command: 'ping' })
const content: string | undefined = view.message?.content
// @ts-expect-error ids are text
await client.sendMessage({ channelId: 1, userId: '1' })
export { name, content }
`

/** Every Node on this machine's PATH that the package promises to run on. */
function nodesHere(): { path: string; version: string }[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const paths = [
    process.execPath,
    ...folders.map((each) => join(each, 'node')).filter((path) => existsSync(path)),
  ]
  const versions = new Map<string, string>()
  for (const path of paths) {
    const version = execFileSync(path, ['--version']).toString().trim()
    const [major = 0, minor = 0] = version.slice(1).split('.').map(Number)
    const [oldMajor = 0, oldMinor = 0] = oldestNode
    if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) versions.set(version, path)
  }
  return [...versions].map(([version, path]) => ({ version, path }))
}

/** Ends a process that a test started, and waits until it is gone. */
async function end(running: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => running.once('exit', resolve))
  running.kill('SIGKILL')
  await gone
}

describe.each(nodesHere())('installed in an empty folder, on Node $version', ({ path }) => {
  const env = { ...process.env, PATH: `${dirname(path)}${delimiter}${process.env['PATH'] ?? ''}` }

  test('the command starts a simulator with its chat page', async () => {
    const cwd = join(folder, 'installed')
    const command = join(cwd, 'node_modules/.bin/discord-sim')
    const simulator = spawn(command, ['--port', '0', '--guilds', '1'], { cwd, env })
    try {
      let said = ''
      simulator.stdout.on('data', (chunk: Buffer) => void (said += chunk.toString('utf8')))
      await expect.poll(() => said, { timeout: 20_000 }).toContain('demo user')
      const page = /chat page +(\S+)/.exec(said)?.[1] ?? ''
      const response = await fetch(page)
      expect(response.status).toBe(200)
      expect(await response.text()).toContain('/chat/main.js')
      expect((await fetch(`${page}/main.js`)).headers.get('content-type')).toContain('text/javascript')
    } finally {
      simulator.kill('SIGTERM')
    }
    expect(await new Promise((resolve) => simulator.once('exit', resolve))).toBe(0)
  })

  test('the library and the typed client are imported by name', async () => {
    const { stdout } = await run(path, ['use.js'], { cwd: join(folder, 'installed'), env })
    expect(stdout.trim()).toBe('2')
  })
})

test('its types say what the verbs take and give, also to the strictest compiler', async () => {
  const cwd = join(folder, 'installed')
  // discord.js brings it along; here the workspace's own copy stands in.
  symlinkSync(join(nodeModules, 'discord-api-types'), join(cwd, 'node_modules/discord-api-types'))
  const flags = '--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --module nodenext'
  const more = '--target es2024 --skipLibCheck false --types'
  const args = [...`${flags} ${more}`.split(' '), '', 'typed.ts']
  await expect(run(join(nodeModules, '.bin/tsc'), args, { cwd })).resolves.toMatchObject({ stdout: '' })
})

test('the README’s bot and assertions run as they stand there', async () => {
  const cwd = join(folder, 'installed')
  symlinkSync(join(nodeModules, 'discord.js'), join(cwd, 'node_modules/discord.js'))
  await using sim = await startFast({ guilds: 2, shards: 1 })
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const [bot = '', assertions = ''] = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code = '']) =>
    code.replaceAll('http://127.0.0.1:4400', sim.urls.base),
  )
  writeFileSync(join(cwd, 'bot.mjs'), bot)
  writeFileSync(join(cwd, 'assert.mjs'), assertions)
  const { token } = await sim.control.app()
  const running = spawn(process.execPath, ['bot.mjs'], { cwd, env: { ...process.env, TOKEN: token } })
  try {
    const commands = () => [...sim.world.app.commands.values()].map((command) => command.name)
    await expect.poll(commands, { timeout: 20_000 }).toEqual(['ping'])
    await run(process.execPath, ['assert.mjs'], { cwd })
  } finally {
    await end(running)
  }
})

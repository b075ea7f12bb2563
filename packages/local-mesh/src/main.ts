import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSimClient } from '@guildmesh/discord-sim/client'
import { CtrlC } from './ctrl-c.ts'
import { type LaunchOptions, launchHelp, parseLaunch } from './launch-options.ts'
import { startLocalMesh } from './local-mesh.ts'
import { MeshProgress } from './mesh-progress.ts'
import { MeshTerminal, wantsColour } from './mesh-terminal.ts'
import { renderWelcome } from './welcome.ts'

const exitCodes = { ended: 0, failed: 1, usage: 2 } as const
const progressEveryMs = 4000

const parsed = parseLaunch(process.argv.slice(2), process.env)
if (parsed.kind === 'help') {
  process.stdout.write(`${launchHelp}\n`)
} else if (parsed.kind === 'wrong') {
  process.stderr.write(
    `guildmesh cannot start:\n${parsed.problems.map((problem) => `  ${problem}\n`).join('')}`,
  )
  process.stderr.write('Run "npm start -- --help" for usage.\n')
  process.exitCode = exitCodes.usage
} else {
  process.exit(await run(parsed.options))
}

/** Starts a mesh and keeps it running until it is asked to stop. @returns the exit code */
async function run(options: LaunchOptions): Promise<number> {
  const startedAt = performance.now()
  const { stdout } = process
  const terminal = new MeshTerminal({
    output: stdout,
    colour: wantsColour(process.env, stdout.isTTY),
    verbosity: options.verbosity,
    now: () => Date.now(),
  })
  const progress = new MeshProgress()
  const starting = new AbortController()
  const asked = Promise.withResolvers<void>()
  const hurry = Promise.withResolvers<void>()
  const keys = new CtrlC()
  const onSignal = () => {
    const request = keys.pressed(performance.now())
    if (request === 'orderly') {
      terminal.say('Shutting down. Ctrl-C again to force.')
      starting.abort(new Error('stopped before it was ready'))
      asked.resolve()
    } else if (request === 'forced') hurry.resolve()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  // A terminal or a pipe that is gone must not leave processes behind.
  stdout.on('error', onSignal)

  const stateDir = resolve(options.stateDir ?? fileURLToPath(new URL('../../../.guildmesh', import.meta.url)))
  terminal.say(describeStart(options))
  const reminder = setInterval(() => {
    const text = progress.describe()
    if (text !== null) terminal.say(text)
  }, progressEveryMs)
  try {
    const mesh = await startLocalMesh({
      ...options,
      stateDir,
      memorablePorts: true,
      configs: 2,
      edges: 2,
      signal: starting.signal,
      onLine: (name, line) => terminal.line(name, line),
      onEvent(name, event) {
        progress.note(name, event)
        terminal.event(name, event)
      },
    })
    clearInterval(reminder)
    terminal.block(
      renderWelcome({
        ...mesh,
        discord: options.discord,
        demoUser:
          mesh.simulatorUrl === null
            ? null
            : (await createSimClient(mesh.simulatorUrl).app()).demoUser.username,
        stateDir: relative(process.cwd(), stateDir) || stateDir,
        startedAfterMs: performance.now() - startedAt,
      }),
    )
    await asked.promise
    await Promise.race([mesh.stop(), hurry.promise.then(() => mesh.stop('forced'))])
    terminal.say('All processes have stopped.')
    return exitCodes.ended
  } catch (error) {
    if (starting.signal.aborted) return exitCodes.ended
    terminal.say(error instanceof Error ? error.message : String(error), 'error')
    return exitCodes.failed
  } finally {
    clearInterval(reminder)
  }
}

function describeStart({ discord, gateways, databaseUrl }: LaunchOptions): string {
  const database = databaseUrl === null ? 'PostgreSQL, ' : ''
  const world = discord.kind === 'simulator' ? `a simulated Discord (${discord.guilds} servers), ` : ''
  return `Starting ${database}${world}2 config APIs, ${gateways} gateways and 2 edges.`
}

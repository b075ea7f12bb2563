import { writeFile } from 'node:fs/promises'
import { readCommandLine, usage } from './command-line.ts'
import { startDiscordSim } from './discord-sim.ts'

const line = readCommandLine(process.argv.slice(2))
if (line.kind === 'help') process.stdout.write(usage)
else if (line.kind === 'mistake') {
  process.stderr.write(`discord-sim: ${line.message}\nTry --help.\n`)
  process.exitCode = 2
} else {
  try {
    const sim = await startDiscordSim({
      ...line.options,
      log: (text) => process.stderr.write(`discord-sim: ${text}\n`),
    })
    const app = await sim.control.app()
    if (line.publicKeyOut !== null) await writeFile(line.publicKeyOut, app.publicKey)
    process.stdout.write(
      `discord-sim ready\n  chat page    ${sim.urls.chat}\n  api          ${sim.urls.api}\n  gateway      ${sim.urls.gateway}\n  control      ${sim.urls.base}/_sim\n` +
        `  application  ${app.id}\n  token        ${app.token}\n  public key   ${app.publicKey}\n  demo user    ${app.demoUser.username} (${app.demoUser.id})\n`,
    )
    const stop = () => {
      sim.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`discord-sim: ${error instanceof Error ? error.message : String(error)}\n`)
          process.exit(1)
        },
      )
    }
    process.once('SIGINT', stop)
    process.once('SIGTERM', stop)
  } catch (error) {
    process.stderr.write(
      `discord-sim: could not start: ${error instanceof Error ? error.message : String(error)}\n`,
    )
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      process.stderr.write(
        `Port ${line.options.port} is taken: choose another with --port, or --port 0 for any free one.\n`,
      )
    }
    process.exitCode = 1
  }
}

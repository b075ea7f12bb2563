import { createInterface } from 'node:readline/promises'
import { exitCodes } from './exit-code.ts'
import { runCli } from './run-cli.ts'

const interrupted = new AbortController()
process.once('SIGINT', () => {
  interrupted.abort()
  // A second Ctrl-C ends the process even if something ignores the signal.
  process.once('SIGINT', () => process.exit(exitCodes.interrupted))
})
// A reader that closes the pipe early (`| head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await terminal.question(question, { signal: interrupted.signal })
  } finally {
    terminal.close()
  }
}

process.exitCode = await runCli(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  ask: process.stdin.isTTY && process.stderr.isTTY ? ask : null,
  now: Date.now,
  signal: interrupted.signal,
})

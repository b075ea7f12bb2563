import { Command, CommanderError } from 'commander'
import { CliError } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'
import { addGatewayCommand } from './commands/gateway-command.ts'
import { addGuildCommand } from './commands/guild-command.ts'
import { addMoveCommand } from './commands/move-command.ts'
import { addShardCommand } from './commands/shard-command.ts'
import { addStatusCommand } from './commands/status-command.ts'
import { addTokenCommand } from './commands/token-command.ts'
import { type ExitCode, exitCodes } from './exit-code.ts'
import { formats } from './render/render.ts'

/** Runs one command. Never throws: errors go to `err` and into the exit code. */
export async function runCli(args: readonly string[], io: CliIo): Promise<ExitCode> {
  try {
    await createProgram(io).parseAsync([...args], { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    return report(error, io)
  }
}

function createProgram(io: CliIo): Command {
  const program = new Command('guildmesh')
    .description('Operate a guildmesh: gateways, guilds, moves, shards and operator tokens.')
    .option('--url <url>', 'address of the portal (or GUILDMESH_URL; default http://localhost:3000)')
    .option('--token-file <path>', 'file with an operator token (or GUILDMESH_TOKEN, GUILDMESH_TOKEN_FILE)')
    .option('-o, --output <format>', formats.join(' | '), 'table')
    .showSuggestionAfterError()
    .showHelpAfterError('Run with --help for usage.')
    .addHelpText(
      'after',
      '\nExit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 refused, 5 not authenticated, 6 try again later, 130 interrupted.',
    )
  addStatusCommand(program, io)
  addGatewayCommand(program, io)
  addGuildCommand(program, io)
  addMoveCommand(program, io)
  addShardCommand(program, io)
  addTokenCommand(program, io)
  configure(program, io)
  return program
}

/** Each command writes to our streams and throws instead of letting commander end the process. */
function configure(command: Command, io: CliIo): void {
  command.exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err })
  for (const child of command.commands) configure(child, io)
}

function report(error: unknown, io: CliIo): ExitCode {
  if (error instanceof CommanderError) {
    // commander has written its message already; help that was asked for is a success.
    return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  }
  if (error instanceof CliError) {
    io.err(`error: ${error.message}\n${error.next === null ? '' : `next:  ${error.next}\n`}`)
    return error.exitCode
  }
  io.err(`error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  io.err('next:  This is a bug in guildmesh. Please report it with the lines above.\n')
  return exitCodes.failed
}

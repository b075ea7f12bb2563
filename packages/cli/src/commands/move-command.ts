import { GuildId, MoveList } from '@guildmesh/contracts'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliIo } from '../cli-io.ts'
import { moveResource } from '../render/resources.ts'
import { parseArgument, toolsOf } from './command-tools.ts'

const Limit = z.coerce.number().int().min(1).max(500)

/** `guildmesh move list` */
export function addMoveCommand(program: Command, io: CliIo): void {
  const move = program.command('move').description('see moves of guilds between gateways')

  move
    .command('list')
    .description('list moves, latest first')
    .option('--open', 'only moves in progress', false)
    .option('--guild <guild>', 'only moves of this guild')
    .option('--limit <count>', 'show at most this many', '100')
    .action(async (given: { open: boolean; guild?: string; limit: string }, command: Command) => {
      const guildId = given.guild && parseArgument('The guild', GuildId, given.guild)
      const limit = parseArgument('--limit', Limit, given.limit)
      const { api, list } = await toolsOf(command, io)
      const input = { openOnly: given.open, limit, ...(guildId ? { guildId } : {}) }
      const { moves } = await api.call(MoveList, (admin, options) => admin.moves.query(input, options))
      list(moves, moveResource)
    })
}

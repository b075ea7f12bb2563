import { DataLossList, ListDataLossesInput, ShardList } from '@guildmesh/contracts'
import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { dataLossResource, shardResource } from '../render/shard-resources.ts'
import { parseArgument, toolsOf } from './command-tools.ts'

/** `guildmesh shard list|losses` */
export function addShardCommand(program: Command, io: CliIo): void {
  const shard = program.command('shard').description('see shards, the connections to Discord')

  shard
    .command('list')
    .description('list shards: holder, resume checkpoint, and events parked for unreachable owners')
    .action(async (_options: unknown, command: Command) => {
      const { api, list } = await toolsOf(command, io)
      const { shards } = await api.call(ShardList, (admin, options) => admin.shards.query(undefined, options))
      list(shards, shardResource)
    })

  shard
    .command('losses')
    .description(
      'list the gap ledger, latest first: events that nobody can send again (-o json shows what was read back)',
    )
    .option('--limit <count>', 'show at most this many', '100')
    .action(async (given: { limit: string }, command: Command) => {
      const input = parseArgument('--limit', ListDataLossesInput, { limit: Number(given.limit) })
      const { api, list } = await toolsOf(command, io)
      const { losses } = await api.call(DataLossList, (admin, options) =>
        admin.gapLedger.query(input, options),
      )
      list(losses, dataLossResource)
    })
}

import { MeshStatus } from '@guildmesh/contracts'
import type { Command } from 'commander'
import type { CliIo } from '../cli-io.ts'
import { statusResource } from '../render/resources.ts'
import { toolsOf } from './command-tools.ts'

/** `guildmesh status` */
export function addStatusCommand(program: Command, io: CliIo): void {
  program
    .command('status')
    .description('show the overall state: gateways, guilds, shards, open moves')
    .action(async (_options: unknown, command: Command) => {
      const { api, item } = await toolsOf(command, io)
      item(
        await api.call(MeshStatus, (admin, options) => admin.status.query(undefined, options)),
        statusResource,
      )
    })
}

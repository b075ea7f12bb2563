import { Gateway, GatewayId } from '@guildmesh/contracts'
import type { Command } from 'commander'
import { z } from 'zod'
import { CliError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { exitCodes } from '../exit-code.ts'
import { gatewayResource } from '../render/resources.ts'
import { type CommandTools, parseArgument, toolsOf } from './command-tools.ts'

const Gateways = z.object({ gateways: z.array(Gateway) })

/** `guildmesh gateway list|show|cordon|uncordon` */
export function addGatewayCommand(program: Command, io: CliIo): void {
  const gateway = program.command('gateway').description('manage gateways, the processes that serve guilds')

  gateway
    .command('list')
    .description('list all gateways with their state and guilds')
    .action(async (_options: unknown, command: Command) => {
      const tools = await toolsOf(command, io)
      tools.list(await listGateways(tools), gatewayResource)
    })

  gateway
    .command('show <gateway>')
    .description('show one gateway')
    .action(async (name: string, _options: unknown, command: Command) => {
      const gatewayId = parseArgument('The gateway', GatewayId, name)
      const tools = await toolsOf(command, io)
      const found = (await listGateways(tools)).find((known) => known.gatewayId === gatewayId)
      if (!found) {
        throw new CliError(`There is no gateway ${gatewayId}.`, {
          next: 'List the gateways: guildmesh gateway list',
          exitCode: exitCodes.notFound,
        })
      }
      tools.item(found, gatewayResource)
    })

  const changes = [
    ['cordon', 'assign no new guilds to a gateway; its guilds stay'],
    ['uncordon', 'assign new guilds to a gateway again'],
  ] as const
  for (const [verb, description] of changes) {
    gateway
      .command(`${verb} <gateway>`)
      .description(description)
      .requiredOption('--reason <text>', 'reason, for the audit log')
      .action(async (name: string, { reason }: { reason: string }, command: Command) => {
        const gatewayId = parseArgument('The gateway', GatewayId, name)
        const { api, item } = await toolsOf(command, io)
        item(
          await api.call(Gateway, (admin, options) => admin[verb].mutate({ gatewayId, reason }, options)),
          gatewayResource,
        )
      })
  }
}

async function listGateways({ api }: CommandTools): Promise<Gateway[]> {
  const { gateways } = await api.call(Gateways, (admin, options) => admin.gateways.query(undefined, options))
  return gateways
}

import { randomUUID } from 'node:crypto'
import { AssignmentPage, GatewayId, GuildId, GuildLocation, IdempotencyKey, Move } from '@guildmesh/contracts'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliIo } from '../cli-io.ts'
import { guildResource, locationResource, moveResource } from '../render/resources.ts'
import { parseArgument, toolsOf } from './command-tools.ts'

/** Rows asked for at a time. */
const pageSize = 1000

const Limit = z.coerce.number().int().min(1)

/** `guildmesh guild list|locate|move` */
export function addGuildCommand(program: Command, io: CliIo): void {
  const guild = program.command('guild').description('manage guilds, and which gateway serves them')

  guild
    .command('list')
    .description('list the guilds that have a gateway')
    .option('--gateway <gateway>', 'only guilds of this gateway')
    .option('--limit <count>', 'show at most this many')
    .action(async (given: { gateway?: string; limit?: string }, command: Command) => {
      const gatewayId = given.gateway && parseArgument('The gateway', GatewayId, given.gateway)
      const limit = given.limit === undefined ? Infinity : parseArgument('--limit', Limit, given.limit)
      const { api, list } = await toolsOf(command, io)
      const assignments: AssignmentPage['assignments'] = []
      let after: GuildId | null = null
      do {
        const input = {
          limit: Math.min(pageSize, limit - assignments.length),
          ...(gatewayId ? { gatewayId } : {}),
          ...(after === null ? {} : { after }),
        }
        const page: AssignmentPage = await api.call(AssignmentPage, (admin, options) =>
          admin.guilds.query(input, options),
        )
        assignments.push(...page.assignments)
        after = page.next
      } while (after !== null && assignments.length < limit)
      list(assignments, guildResource)
    })

  guild
    .command('locate <guild>')
    .description('show which gateway serves a guild')
    .action(async (id: string, _options: unknown, command: Command) => {
      const guildId = parseArgument('The guild', GuildId, id)
      const { api, item } = await toolsOf(command, io)
      item(
        await api.call(GuildLocation, (admin, options) => admin.locate.query({ guildId }, options)),
        locationResource,
      )
    })

  guild
    .command('move <guild>')
    .description('move a guild to another gateway (in this version only a guild without data)')
    .requiredOption('--to <gateway>', 'target gateway')
    .requiredOption('--reason <text>', 'reason, for the audit log')
    .option('--idempotency-key <key>', 'key of an earlier attempt whose outcome is unknown')
    .action(
      async (
        id: string,
        given: { to: string; reason: string; idempotencyKey?: string },
        command: Command,
      ) => {
        const guildId = parseArgument('The guild', GuildId, id)
        const target = parseArgument('The gateway', GatewayId, given.to)
        const idempotencyKey = parseArgument(
          '--idempotency-key',
          IdempotencyKey,
          given.idempotencyKey ?? `cli-${randomUUID()}`,
        )
        const { api, item } = await toolsOf(command, io)
        io.err(`moving ${guildId} to ${target} (idempotency key ${idempotencyKey})\n`)
        const input = { guildId, target, reason: given.reason, idempotencyKey }
        item(await api.call(Move, (admin, options) => admin.reassign.mutate(input, options)), moveResource)
      },
    )
}

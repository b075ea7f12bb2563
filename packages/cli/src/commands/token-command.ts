import { NewOperatorToken, OperatorToken, OperatorTokenList } from '@guildmesh/contracts'
import type { Command } from 'commander'
import { z } from 'zod'
import type { CliIo } from '../cli-io.ts'
import { type ConfirmOptions, confirmDestructive } from '../confirm.ts'
import { newTokenResource, tokenResource } from '../render/resources.ts'
import { parseArgument, toolsOf } from './command-tools.ts'

const TokenName = z.string().min(1).max(100)

/** `guildmesh token create|list|revoke` */
export function addTokenCommand(program: Command, io: CliIo): void {
  const token = program.command('token').description('manage operator tokens')

  token
    .command('create <name>')
    .description('create a token; its secret is shown only once')
    .action(async (given: string, _options: unknown, command: Command) => {
      const name = parseArgument('The name', TokenName, given)
      const { api, item } = await toolsOf(command, io)
      const made = await api.call(NewOperatorToken, (admin, options) =>
        admin.createToken.mutate({ name }, options),
      )
      io.err('Store the secret now: it is not shown again.\n')
      item(made, newTokenResource)
    })

  token
    .command('list')
    .description('list all tokens, without their secrets')
    .action(async (_options: unknown, command: Command) => {
      const { api, list } = await toolsOf(command, io)
      const { tokens } = await api.call(OperatorTokenList, (admin, options) =>
        admin.tokens.query(undefined, options),
      )
      list(tokens, tokenResource)
    })

  token
    .command('revoke <token>')
    .description('revoke a token for good')
    .option('--yes', 'do not ask for confirmation (requires --confirm)')
    .option('--confirm <token>', 'repeat the id of the token')
    .action(async (given: string, options: ConfirmOptions, command: Command) => {
      const tokenId = parseArgument('The token', z.uuid('must be an id from `guildmesh token list`'), given)
      const { api, item } = await toolsOf(command, io)
      const consequence = 'Whoever uses this token loses access. This cannot be undone.'
      await confirmDestructive(io, { name: tokenId, consequence }, options)
      item(
        await api.call(OperatorToken, (admin, call) => admin.revokeToken.mutate({ tokenId }, call)),
        tokenResource,
      )
    })
}

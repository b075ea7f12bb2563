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
  const token = program.command('token').description('operator tokens: who may use this command')

  token
    .command('create <name>')
    .description('make a token; its secret is shown this once')
    .action(async (given: string, _options: unknown, command: Command) => {
      const name = parseArgument('The name', TokenName, given)
      const { api, item } = await toolsOf(command, io)
      const made = await api.call(NewOperatorToken, (admin, options) =>
        admin.createToken.mutate({ name }, options),
      )
      io.err('Keep the secret: it is not shown again.\n')
      item(made, newTokenResource)
    })

  token
    .command('list')
    .description('all tokens, never their secrets')
    .action(async (_options: unknown, command: Command) => {
      const { api, list } = await toolsOf(command, io)
      const { tokens } = await api.call(OperatorTokenList, (admin, options) =>
        admin.tokens.query(undefined, options),
      )
      list(tokens, tokenResource)
    })

  token
    .command('revoke <token>')
    .description('end a token for good')
    .option('--yes', 'do not ask (with --confirm)')
    .option('--confirm <token>', 'the id of the token once more')
    .action(async (given: string, options: ConfirmOptions, command: Command) => {
      const tokenId = parseArgument('The token', z.uuid('must be the id that `token list` shows'), given)
      const { api, item } = await toolsOf(command, io)
      const consequence = 'Whoever uses this token is locked out, and it cannot be brought back.'
      await confirmDestructive(io, { name: tokenId, consequence }, options)
      item(
        await api.call(OperatorToken, (admin, call) => admin.revokeToken.mutate({ tokenId }, call)),
        tokenResource,
      )
    })
}

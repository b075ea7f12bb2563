import { CliError } from './cli-error.ts'
import type { CliIo } from './cli-io.ts'
import { exitCodes } from './exit-code.ts'

export interface ConfirmOptions {
  readonly yes?: boolean | undefined
  readonly confirm?: string | undefined
}

/**
 * Makes a person type the name of what a command destroys. Without a terminal, `--yes --confirm <name>` does the same.
 * @throws CliError if it was not confirmed
 */
export async function confirmDestructive(
  io: CliIo,
  what: { readonly name: string; readonly consequence: string },
  { yes, confirm }: ConfirmOptions,
): Promise<void> {
  if (yes && confirm === what.name) return
  if (io.ask && confirm === undefined) {
    io.err(`${what.consequence}\n`)
    if ((await io.ask(`Type ${what.name} to continue: `)).trim() === what.name) return
    throw new CliError('Not confirmed. Nothing was changed.', { exitCode: exitCodes.refused })
  }
  throw new CliError(`Confirmation required. ${what.consequence} Nothing was changed.`, {
    next: `Add --yes --confirm ${what.name}`,
    exitCode: exitCodes.refused,
  })
}

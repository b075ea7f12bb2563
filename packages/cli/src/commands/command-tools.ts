import type { Command } from 'commander'
import { type AdminApi, createAdminApi } from '../admin-api.ts'
import { CliError } from '../cli-error.ts'
import type { CliIo } from '../cli-io.ts'
import { exitCodes } from '../exit-code.ts'
import { type Format, formats, renderItem, renderList } from '../render/render.ts'
import type { Resource } from '../render/resource.ts'
import { isUnprotected, readSettings } from '../settings.ts'
import type { z } from 'zod'

/** What a command works with: the admin API, and output in the chosen format. */
export interface CommandTools {
  readonly io: CliIo
  readonly api: AdminApi
  readonly list: <T extends object>(items: readonly T[], resource: Resource<T>) => void
  readonly item: <T extends object>(item: T, resource: Resource<T>) => void
}

/** The tools of a command, from its own and its parents' options. */
export async function toolsOf(command: Command, io: CliIo): Promise<CommandTools> {
  const { url, tokenFile, output } = command.optsWithGlobals<{
    url?: string
    tokenFile?: string
    output: string
  }>()
  const format = formatOf(output)
  const settings = await readSettings({ url, tokenFile }, io.env)
  if (isUnprotected(settings.url)) {
    io.err(`warning: ${settings.url.origin} does not use https; others can read your token in transit.\n`)
  }
  return {
    io,
    api: createAdminApi(settings, io.signal),
    list: (items, resource) => io.out(renderList(items, format, resource, io.now())),
    item: (item, resource) => io.out(renderItem(item, format, resource, io.now())),
  }
}

/** An argument or option that must fit a schema of the contract. @throws CliError */
export function parseArgument<S extends z.ZodType>(what: string, schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const why = parsed.error.issues.map(({ message }) => message).join('; ')
  throw new CliError(`${what} "${String(value)}" is invalid: ${why}.`, { exitCode: exitCodes.usage })
}

function formatOf(text: string): Format {
  const format = formats.find((known) => known === text)
  if (format) return format
  throw new CliError(`Unknown output format "${text}".`, {
    next: `Use one of: -o ${formats.join(' | ')}`,
    exitCode: exitCodes.usage,
  })
}

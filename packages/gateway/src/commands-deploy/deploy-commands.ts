import type { RESTPostAPIApplicationCommandsJSONBody } from 'discord-api-types/v10'
import type { LogPort } from '@guildmesh/runtime'
import { compareCommands } from './compare-commands.ts'

/** Discord takes no more commands for a while: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json (30034) */
export class CommandsLimited extends Error {
  override readonly name = 'CommandsLimited'
  readonly retryAfterMs: number

  constructor(retryAfterMs: number, options: { cause?: unknown } = {}) {
    super(`Discord takes no new commands for ${Math.ceil(retryAfterMs / 1000)} s`, options)
    this.retryAfterMs = retryAfterMs
  }
}

/** Discord's global commands of the application. */
export interface CommandsApi {
  /** `GET /applications/{id}/commands?with_localizations=true` */
  read(): Promise<unknown>
  /** `PUT /applications/{id}/commands`. @throws CommandsLimited */
  overwrite(commands: readonly RESTPostAPIApplicationCommandsJSONBody[]): Promise<unknown>
}

/**
 * Makes Discord's commands those that the features define. Writes only if something differs: each overwrite counts
 * against Discord's 200 creations a day, and every client reloads its commands after one.
 * @returns whether anything was written
 */
export async function deployCommands(
  api: CommandsApi,
  defined: readonly RESTPostAPIApplicationCommandsJSONBody[],
  log: LogPort,
): Promise<boolean> {
  const stored = await api.read()
  if (!Array.isArray(stored)) throw new Error('Discord answered with something else than a list of commands')
  const differences = compareCommands(defined, stored)
  if (differences.length === 0) {
    log.info({ event: 'commands-unchanged', commands: defined.length }, 'commands are deployed as defined')
    return false
  }
  await api.overwrite(defined)
  log.info({ event: 'commands-deployed', commands: defined.length, differences }, 'commands deployed')
  return true
}

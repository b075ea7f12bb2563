import type { RESTPostAPIApplicationCommandsJSONBody } from 'discord-api-types/v10'
import type { LogPort } from '@guildmesh/runtime'
import { compareCommands } from './compare-commands.ts'

/** Discord's global commands of the application. */
export interface CommandsApi {
  /** `GET /applications/{id}/commands?with_localizations=true` */
  read(): Promise<unknown>
  /** `PUT /applications/{id}/commands` */
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

import { basename, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { RESTPostAPIApplicationCommandsJSONBody } from 'discord-api-types/v10'
import { type Client, Partials } from 'discord.js'
import { isRecord } from '@guildmesh/runtime'

/** An existing discord.js bot that runs inside this gateway. */
export interface MountedModule {
  /** The file's name, for logs and figures. */
  readonly name: string
  /** Adds its listeners. Never logs in: the client is fed by this gateway. */
  mount(client: Client): Promise<void>
  /** What it wants deployed; `null` if it does not say, and its commands are deployed by other means. */
  readonly commands: readonly RESTPostAPIApplicationCommandsJSONBody[] | null
  /** Structures that it takes incomplete, as of `ClientOptions.partials`. */
  readonly partials: readonly Partials[]
}

/** A file of MOUNTED_MODULES cannot be mounted. */
export class MountedModuleError extends Error {
  constructor(path: string, problem: string, cause?: unknown) {
    super(
      `the module ${path} of MOUNTED_MODULES cannot be mounted: ${problem}. Fix the module, or remove it from MOUNTED_MODULES.`,
      { cause },
    )
    this.name = 'MountedModuleError'
  }
}

/** Imports the files, in their order. @throws MountedModuleError for the first that is no module of a bot */
export async function loadMountedModules(paths: readonly string[]): Promise<MountedModule[]> {
  const modules: MountedModule[] = []
  for (const path of paths) modules.push(await loadOne(path))
  return modules
}

async function loadOne(path: string): Promise<MountedModule> {
  let loaded: unknown
  try {
    loaded = await import(pathToFileURL(resolve(path)).href)
  } catch (error) {
    throw new MountedModuleError(path, `importing it failed (${String(error)})`, error)
  }
  return readMountedModule(path, loaded)
}

/**
 * Reads what a module exports: `default` is `(client) => …` or `{ mount(client), commands?, partials? }`; `commands` and
 * `partials` may also stand beside it. @throws MountedModuleError
 */
export function readMountedModule(path: string, loaded: unknown): MountedModule {
  const exported = isRecord(loaded) ? loaded : {}
  const main = exported['default']
  const object = isRecord(main) ? main : {}
  const mount = typeof main === 'function' ? main : object['mount']
  if (typeof mount !== 'function') {
    throw new MountedModuleError(
      path,
      'its default export must be a function (client) => …, or an object with mount(client)',
    )
  }
  return {
    name: basename(path).replace(/\.[cm]?[jt]s$/, ''),
    mount: async (client) => {
      await Reflect.apply(mount, main, [client])
    },
    commands: readCommands(path, object['commands'] ?? exported['commands']),
    partials: readPartials(path, object['partials'] ?? exported['partials']),
  }
}

function readCommands(path: string, value: unknown): MountedModule['commands'] {
  if (value === undefined) return null
  if (!Array.isArray(value)) throw new MountedModuleError(path, 'its export `commands` must be an array')
  return value.map((command: unknown) => {
    const body: unknown = isBuilder(command) ? command.toJSON() : command
    if (!isCommandBody(body)) {
      throw new MountedModuleError(path, 'each of its `commands` must be a builder or a body with a name')
    }
    return body
  })
}

/** Whether it can be a command; Discord judges the rest when it is deployed. */
function isCommandBody(value: unknown): value is RESTPostAPIApplicationCommandsJSONBody {
  return isRecord(value) && typeof value['name'] === 'string'
}

function isBuilder(value: unknown): value is { toJSON(): unknown } {
  return (
    typeof value === 'object' && value !== null && 'toJSON' in value && typeof value.toJSON === 'function'
  )
}

function readPartials(path: string, value: unknown): readonly Partials[] {
  if (value === undefined) return []
  if (Array.isArray(value) && value.every(isPartial)) return value
  throw new MountedModuleError(path, 'its export `partials` must be an array of discord.js Partials')
}

function isPartial(value: unknown): value is Partials {
  return typeof value === 'number' && value in Partials
}

/** Discord knows one command by a kind and name. */
export function commandKey(command: { readonly name: string; readonly type?: number | undefined }): string {
  return `${command.type ?? 1}/${command.name}`
}

/** @throws MountedModuleError if two have the same command: Discord would keep one of them */
export function refuseTwins(modules: readonly Pick<MountedModule, 'name' | 'commands'>[]): void {
  const owners = new Map<string, string>()
  for (const { name, commands } of modules) {
    for (const command of commands ?? []) {
      const other = owners.get(commandKey(command))
      if (other !== undefined) {
        throw new MountedModuleError(name, `${other} has a command ${command.name} too`)
      }
      owners.set(commandKey(command), name)
    }
  }
}

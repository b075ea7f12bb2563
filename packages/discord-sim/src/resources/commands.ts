import type { APIApplicationCommand } from 'discord-api-types/v10'
import type { CommandState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { DiscordError, unknownResource } from '../discord-error.ts'

/** A command as an application registers it, after the route has checked its form. */
export interface CommandInput {
  name: string
  type: number
  description?: string | undefined
  options?: APIApplicationCommand['options'] | undefined
  default_member_permissions?: string | null | undefined
  dm_permission?: boolean | undefined
  contexts?: number[] | null | undefined
  integration_types?: number[] | undefined
  nsfw?: boolean | undefined
  name_localizations?: Record<string, string> | null | undefined
  description_localizations?: Record<string, string> | null | undefined
}

/** Commands of a type in one list: https://docs.discord.com/developers/interactions/application-commands#registering-a-command */
const mostOfType: Record<number, number> = { 1: 100, 2: 15, 3: 15, 4: 1 }

/** The application's commands, global and per guild. */
export class CommandRegistry {
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  list(guildId: string | null): Map<string, CommandState> {
    const app = this.#world.app
    if (guildId === null) return app.commands
    let commands = app.guildCommands.get(guildId)
    if (!commands) {
      commands = new Map()
      app.guildCommands.set(guildId, commands)
    }
    return commands
  }

  require(guildId: string | null, commandId: string): CommandState {
    const command = this.list(guildId).get(commandId)
    if (!command) throw unknownResource('command')
    return command
  }

  /** Creates a command, or updates the one of the same name and type. */
  upsert(guildId: string | null, input: CommandInput): { command: CommandState; created: boolean } {
    const commands = this.list(guildId)
    const present = [...commands.values()].find((command) => sameKey(command, input))
    if (!present) requireFew([...commands.values(), input])
    const command = this.#build(guildId, input, present?.id, present)
    commands.set(command.id, command)
    return { command, created: !present }
  }

  update(guildId: string | null, commandId: string, patch: Partial<CommandInput>): CommandState {
    const present = this.require(guildId, commandId)
    const merged = this.#build(guildId, { ...toInput(present), ...patch }, present.id, present)
    this.list(guildId).set(merged.id, merged)
    return merged
  }

  delete(guildId: string | null, commandId: string): void {
    this.require(guildId, commandId)
    this.list(guildId).delete(commandId)
  }

  /** How many of these do not exist yet: they count towards the creations of a day. */
  countNew(guildId: string | null, inputs: CommandInput[]): number {
    const present = [...this.list(guildId).values()]
    return inputs.filter((input) => !present.some((command) => sameKey(command, input))).length
  }

  /** Replaces the whole list; commands that stay keep their ids. */
  overwrite(guildId: string | null, inputs: CommandInput[]): CommandState[] {
    const commands = this.list(guildId)
    requireFew(inputs)
    const before = [...commands.values()]
    const next = inputs.map((input) => {
      const present = before.find((command) => sameKey(command, input))
      return this.#build(guildId, input, present?.id, present)
    })
    commands.clear()
    for (const command of next) commands.set(command.id, command)
    return next
  }

  #build(
    guildId: string | null,
    input: CommandInput,
    id = this.#world.ids.next(),
    before?: CommandState,
  ): CommandState {
    const fields = {
      id,
      application_id: this.#world.app.id,
      version: id,
      type: input.type,
      name: input.name,
      name_localizations: input.name_localizations ?? null,
      description: input.type === 1 ? (input.description ?? '') : '',
      description_localizations: input.description_localizations ?? null,
      default_member_permissions: input.default_member_permissions ?? null,
      nsfw: input.nsfw ?? false,
      ...(input.options && input.options.length > 0 ? { options: input.options } : {}),
      ...(guildId === null
        ? {
            dm_permission: input.dm_permission ?? true,
            contexts: input.contexts ?? null,
            integration_types: input.integration_types ?? [0],
          }
        : { guild_id: guildId }),
    }
    const unchanged =
      before && JSON.stringify({ ...fields, version: '' }) === JSON.stringify({ ...before, version: '' })
    fields.version = before ? (unchanged ? before.version : this.#world.ids.next()) : id
    return fields
  }
}

/** Throws 30032 for a list with too many commands of one type. */
function requireFew(list: { type: number }[]): void {
  for (const [type, most] of Object.entries(mostOfType)) {
    if (list.filter((command) => command.type === Number(type)).length <= most) continue
    throw new DiscordError(400, 30_032, `Maximum number of application commands reached (${most}).`)
  }
}

function sameKey(command: CommandState, input: CommandInput): boolean {
  return command.name === input.name && command.type === input.type
}

function toInput(command: CommandState): CommandInput {
  return {
    name: command.name,
    type: command.type,
    description: command.description,
    options: command.options,
    default_member_permissions: command.default_member_permissions,
    contexts: command.contexts ?? null,
    integration_types: command.integration_types,
    nsfw: command.nsfw,
    name_localizations: command.name_localizations as Record<string, string> | null,
    description_localizations: command.description_localizations as Record<string, string> | null,
  }
}

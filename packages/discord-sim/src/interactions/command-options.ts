import { ApplicationCommandOptionType, ComponentType } from 'discord-api-types/v10'
import type { ChannelState, GuildState, CommandState } from '../state/entities.ts'
import type { World } from '../state/world.ts'
import { SimError } from '../discord-error.ts'
import { permissionsOf, renderResolvedChannel } from './interaction-channel.ts'
import { renderBareMember } from '../resources/member-payload.ts'

/** Values as a person fills them in: ids for users, roles and channels. */
export type OptionValues = Record<string, string | number | boolean>

interface OptionDefinition {
  type: number
  name: string
  required?: boolean
  autocomplete?: boolean
  options?: OptionDefinition[]
}

interface SentOption {
  type: number
  name: string
  value?: string | number | boolean
  options?: SentOption[]
  focused?: boolean
}

/** Users, members, roles and channels that the chosen values name. */
export class Resolved {
  readonly #world: World
  readonly #guild: GuildState | null
  readonly users: Record<string, unknown> = {}
  readonly members: Record<string, unknown> = {}
  readonly roles: Record<string, unknown> = {}
  readonly channels: Record<string, unknown> = {}
  readonly messages: Record<string, unknown> = {}
  readonly attachments: Record<string, unknown> = {}

  readonly #channel: ChannelState
  readonly #userId: string

  /** `channel` and `userId`: where the interaction comes from, and who is behind it. */
  constructor(world: World, guild: GuildState | null, channel: ChannelState, userId: string) {
    this.#world = world
    this.#guild = guild
    this.#channel = channel
    this.#userId = userId
  }

  addUser(id: string): void {
    this.users[id] = this.#world.user(id)
    const member = this.#guild?.members.get(id)
    if (!member || !this.#guild) return
    const sum = permissionsOf(this.#world, this.#guild, this.#channel, id)
    const { mute: _mute, deaf: _deaf, ...shown } = renderBareMember(member)
    this.members[id] = { ...shown, permissions: sum.toString() }
  }

  addRole(id: string): void {
    const role = this.#guild?.roles.get(id)
    if (!role) throw new SimError(`there is no role ${id} in this guild`)
    this.roles[id] = role
  }

  addChannel(id: string): void {
    this.channels[id] = renderResolvedChannel(this.#world, this.#world.channel(id), this.#userId)
  }

  addMentionable(id: string): void {
    if (this.#guild?.roles.has(id)) this.addRole(id)
    else this.addUser(id)
  }

  /** A value of a select of that type; those of a string select name nothing. */
  addSelected(componentType: number, value: string): void {
    switch (componentType) {
      case ComponentType.UserSelect:
        return this.addUser(value)
      case ComponentType.RoleSelect:
        return this.addRole(value)
      case ComponentType.MentionableSelect:
        return this.addMentionable(value)
      case ComponentType.ChannelSelect:
        return this.addChannel(value)
      default:
    }
  }

  /** Only the parts that hold something, as Discord sends it; undefined where none does. */
  toPayload(): Record<string, Record<string, unknown>> | undefined {
    const parts = {
      users: this.users,
      members: this.members,
      roles: this.roles,
      channels: this.channels,
      messages: this.messages,
      attachments: this.attachments,
    }
    const filled = Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0)
    return filled.length > 0 ? Object.fromEntries(filled) : undefined
  }
}

/**
 * Turns filled-in values into the options of an interaction, checking them against the command as
 * Discord's client would. `path` names the subcommand (group first).
 */
export function buildOptions(
  command: CommandState,
  path: readonly string[],
  values: OptionValues,
  resolved: Resolved,
  focused: string | null = null,
): SentOption[] {
  return level(command.options ?? [], path, values, resolved, focused)
}

function level(
  definitions: OptionDefinition[],
  path: readonly string[],
  values: OptionValues,
  resolved: Resolved,
  focused: string | null,
): SentOption[] {
  const [step, ...rest] = path
  if (step !== undefined) {
    const definition = definitions.find((candidate) => candidate.name === step)
    if (!definition) throw new SimError(`the command has no subcommand "${step}"`)
    return [
      {
        type: definition.type,
        name: step,
        options: level(definition.options ?? [], rest, values, resolved, focused),
      },
    ]
  }
  if (definitions.some((definition) => definition.type <= ApplicationCommandOptionType.SubcommandGroup)) {
    throw new SimError(
      `choose one of the subcommands: ${definitions.map((definition) => definition.name).join(', ')}`,
    )
  }
  for (const name of Object.keys(values)) {
    if (!definitions.some((definition) => definition.name === name))
      throw new SimError(`the command has no option "${name}"`)
  }
  return definitions.flatMap((definition): SentOption[] => {
    const value = values[definition.name]
    if (focused === definition.name) return [typing(definition, value)]
    if (value === undefined) {
      if (definition.required && focused === null)
        throw new SimError(`option "${definition.name}" is required`)
      return []
    }
    resolve(definition, value, resolved)
    return [{ type: definition.type, name: definition.name, value }]
  })
}

/**
 * What somebody is typing is text whatever the option takes, and need be nothing that it would take: "Autocomplete
 * sends you the user input (which is a string) … Once they run the command, you will get a fully validated
 * input." https://github.com/discord/discord-api-docs/issues/4338, also /4956
 */
function typing(definition: OptionDefinition, value: string | number | boolean | undefined): SentOption {
  if (definition.autocomplete !== true) throw new SimError(`option "${definition.name}" has no autocomplete`)
  return { type: definition.type, name: definition.name, value: String(value ?? ''), focused: true }
}

function resolve(definition: OptionDefinition, value: string | number | boolean, resolved: Resolved): void {
  const id = String(value)
  switch (definition.type as ApplicationCommandOptionType) {
    case ApplicationCommandOptionType.User:
      return resolved.addUser(id)
    case ApplicationCommandOptionType.Role:
      return resolved.addRole(id)
    case ApplicationCommandOptionType.Channel:
      return resolved.addChannel(id)
    case ApplicationCommandOptionType.Mentionable:
      return resolved.addMentionable(id)
    case ApplicationCommandOptionType.Integer:
      if (!Number.isInteger(value)) throw new SimError(`option "${definition.name}" takes a whole number`)
      return
    case ApplicationCommandOptionType.Number:
      if (typeof value !== 'number') throw new SimError(`option "${definition.name}" takes a number`)
      return
    case ApplicationCommandOptionType.Boolean:
      if (typeof value !== 'boolean') throw new SimError(`option "${definition.name}" takes true or false`)
      return
    case ApplicationCommandOptionType.String:
      if (typeof value !== 'string') throw new SimError(`option "${definition.name}" takes text`)
      return
    case ApplicationCommandOptionType.Attachment:
      if (!(id in resolved.attachments)) throw new SimError(`option "${definition.name}" takes a file`)
      return
    case ApplicationCommandOptionType.Subcommand:
    case ApplicationCommandOptionType.SubcommandGroup:
      throw new SimError(`option "${definition.name}" cannot be filled in through the simulator`)
  }
}

import { ApplicationCommandOptionType, ApplicationCommandType } from 'discord-api-types/v10'
import type { APIApplicationCommand, APIApplicationCommandBasicOption } from 'discord-api-types/v10'

/** Something that can be typed after a slash: a command, or one of its subcommands. */
export interface SlashCommand {
  /** The words after the slash, as the control API takes them. */
  path: string
  description: string
  options: readonly APIApplicationCommandBasicOption[]
}

interface LooseOption {
  type: number
  name: string
  description: string
  options?: readonly LooseOption[]
}

/** Every command that can be typed, subcommands one by one, in alphabetic order. */
export function slashCommands(commands: readonly APIApplicationCommand[]): SlashCommand[] {
  return commands
    .filter((command) => command.type === ApplicationCommandType.ChatInput)
    .flatMap((command) =>
      leaves(command.name, command.description, (command.options ?? []) as readonly LooseOption[]),
    )
    .toSorted((one, other) => one.path.localeCompare(other.path))
}

function leaves(path: string, description: string, options: readonly LooseOption[]): SlashCommand[] {
  const nested = options.filter(
    (option) =>
      option.type === ApplicationCommandOptionType.Subcommand ||
      option.type === ApplicationCommandOptionType.SubcommandGroup,
  )
  if (nested.length === 0) {
    return [{ path, description, options }]
  }
  return nested.flatMap((option) =>
    leaves(`${path} ${option.name}`, option.description, option.options ?? []),
  )
}

/** The commands that fit what was typed after the slash; those that begin with it come first. */
export function matchCommands(commands: readonly SlashCommand[], typed: string): SlashCommand[] {
  const wanted = typed.toLowerCase().trim()
  const rank = (command: SlashCommand) =>
    command.path.startsWith(wanted) ? 0 : command.path.includes(wanted) ? 1 : 2
  return commands.filter((command) => rank(command) < 2).toSorted((one, other) => rank(one) - rank(other))
}

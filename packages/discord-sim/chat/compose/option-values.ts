import { ApplicationCommandOptionType } from 'discord-api-types/v10'
import type { APIApplicationCommandBasicOption } from 'discord-api-types/v10'

/** What stands in the fields of a command, by option name. */
export type FieldTexts = Readonly<Record<string, string>>

/** Options without files, by name. */
type TypedValues = Record<string, string | number | boolean>

/** The filled-in options as the bot gets them, or what is wrong with them by option name. */
export function readOptions(
  options: readonly APIApplicationCommandBasicOption[],
  texts: FieldTexts,
): { values: TypedValues; problems: Record<string, string> } {
  const values: TypedValues = {}
  const problems: Record<string, string> = {}
  for (const option of options) {
    const text = texts[option.name]?.trim() ?? ''
    if (text === '') {
      if (option.required) problems[option.name] = 'This option is required'
      continue
    }
    const read = readOption(option, text)
    if (read.problem === null) values[option.name] = read.value
    else problems[option.name] = read.problem
  }
  return { values, problems }
}

type ReadValue = { value: string | number | boolean; problem: null } | { value: null; problem: string }

function readOption(option: APIApplicationCommandBasicOption, text: string): ReadValue {
  switch (option.type) {
    case ApplicationCommandOptionType.Integer:
    case ApplicationCommandOptionType.Number: {
      const value = Number(text)
      if (Number.isNaN(value)) return { value: null, problem: 'A number is needed' }
      if (option.type === ApplicationCommandOptionType.Integer && !Number.isInteger(value)) {
        return { value: null, problem: 'A whole number is needed' }
      }
      const { min_value: least, max_value: most } = option as { min_value?: number; max_value?: number }
      if (least !== undefined && value < least) return { value: null, problem: `At least ${least}` }
      if (most !== undefined && value > most) return { value: null, problem: `At most ${most}` }
      return { value, problem: null }
    }
    case ApplicationCommandOptionType.Boolean:
      return { value: text === 'true', problem: null }
    case ApplicationCommandOptionType.String: {
      const { min_length: least = 0, max_length: most = 6_000 } = option
      if (text.length < least) return { value: null, problem: `At least ${least} characters` }
      if (text.length > most) return { value: null, problem: `At most ${most} characters` }
      return { value: text, problem: null }
    }
    case ApplicationCommandOptionType.User:
    case ApplicationCommandOptionType.Role:
    case ApplicationCommandOptionType.Channel:
    case ApplicationCommandOptionType.Mentionable:
    case ApplicationCommandOptionType.Attachment:
      return { value: text, problem: null }
    default:
      return option satisfies never
  }
}

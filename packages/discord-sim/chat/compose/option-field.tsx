import { ApplicationCommandOptionType } from 'discord-api-types/v10'
import type { APIApplicationCommandBasicOption } from 'discord-api-types/v10'
import { useId } from 'react'
import type { RefObject } from 'react'
import { FieldError, Input, Label, Text, TextField } from 'react-aria-components'
import { useEntityChoices } from '../components/entity-choices.tsx'
import { Picker } from '../ui/picker.tsx'
import type { Choice } from '../ui/picker.tsx'
import { AutocompleteField } from './autocomplete-field.tsx'
import type { FieldTexts } from './option-values.ts'
import type { SlashCommand } from './slash-commands.ts'

export interface OptionFieldProps {
  command: SlashCommand
  option: APIApplicationCommandBasicOption
  texts: FieldTexts
  problem: string | null
  autoFocus: boolean
  /** Choices that the bot offers are shown above this, so that they hide no field. */
  above: RefObject<HTMLElement | null>
  onChange: (text: string) => void
  /** The file of an attachment; its name is the option's text. */
  onFile: (file: File) => void
}

/** The field for one option of a command, by its type. */
export function OptionField(props: OptionFieldProps) {
  const { option, texts, problem, autoFocus, onChange } = props
  const choices = useChoices(option)
  const text = texts[option.name] ?? ''
  if ('autocomplete' in option && option.autocomplete) return <AutocompleteField {...props} />
  if (option.type === ApplicationCommandOptionType.Attachment) return <AttachmentField {...props} />
  if (choices) {
    return (
      <Picker
        label={option.name}
        description={option.description}
        placeholder="Choose"
        choices={choices}
        selected={text === '' ? [] : [text]}
        isRequired={option.required ?? false}
        problem={problem}
        onChange={([value]) => onChange(value ?? '')}
      />
    )
  }
  const isNumber =
    option.type === ApplicationCommandOptionType.Integer ||
    option.type === ApplicationCommandOptionType.Number
  return (
    <TextField
      className="field"
      value={text}
      onChange={onChange}
      isRequired={option.required ?? false}
      isInvalid={problem !== null}
      validationBehavior="aria"
      autoFocus={autoFocus}
    >
      <Label className="label">{option.name}</Label>
      <Input inputMode={isNumber ? 'decimal' : 'text'} autoComplete="off" />
      <Text slot="description" className="hint">
        {option.description}
      </Text>
      <FieldError className="problem">{problem}</FieldError>
    </TextField>
  )
}

function AttachmentField({ option, problem, onChange, onFile }: OptionFieldProps) {
  const id = useId()
  return (
    <div className="field" data-required={option.required || undefined}>
      <label className="label" htmlFor={id}>
        {option.name}
      </label>
      <input
        id={id}
        type="file"
        aria-required={option.required ?? false}
        aria-invalid={problem !== null}
        onChange={(event) => {
          const file = event.target.files?.[0]
          onChange(file?.name ?? '')
          if (file) onFile(file)
        }}
      />
      <p className="hint">{option.description}</p>
      {problem === null ? null : <p className="problem">{problem}</p>}
    </div>
  )
}

function useChoices(option: APIApplicationCommandBasicOption): Choice[] | null {
  const entities = useEntityChoices()
  if ('choices' in option && option.choices && option.choices.length > 0) {
    return option.choices.map((choice) => ({ value: String(choice.value), label: choice.name }))
  }
  switch (option.type) {
    case ApplicationCommandOptionType.Boolean:
      return [
        { value: 'true', label: 'True' },
        { value: 'false', label: 'False' },
      ]
    case ApplicationCommandOptionType.User:
      return entities.users
    case ApplicationCommandOptionType.Role:
      return entities.roles
    case ApplicationCommandOptionType.Mentionable:
      return [...entities.users, ...entities.roles]
    case ApplicationCommandOptionType.Channel:
      return entities.channels(option.channel_types)
    case ApplicationCommandOptionType.String:
    case ApplicationCommandOptionType.Integer:
    case ApplicationCommandOptionType.Number:
    case ApplicationCommandOptionType.Attachment:
      return null
    default:
      return option satisfies never
  }
}

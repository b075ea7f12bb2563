import { ComponentType } from 'discord-api-types/v10'
import {
  Checkbox,
  CheckboxGroup,
  FieldError,
  Input,
  Label,
  Radio,
  RadioGroup,
  Text,
  TextArea,
  TextField,
} from 'react-aria-components'
import { placeholderOf, useSelectChoices } from '../components/select-choices.tsx'
import { Icon } from '../ui/icon.tsx'
import { Picker } from '../ui/picker.tsx'
import type { ModalComponent, ModalEntry, ModalField } from './modal-fields.ts'

interface ModalInputProps {
  field: Extract<ModalField, { kind: 'input' }>
  autoFocus: boolean
  entry: ModalEntry
  problem: string | null
  onChange: (entry: ModalEntry) => void
}

const paragraph = 2

/** One input of a modal, by its type. */
export function ModalInput(props: ModalInputProps) {
  const { field, entry, onChange } = props
  const { component } = field
  switch (component.type) {
    case ComponentType.TextInput:
      return <TextInput {...props} component={component} />
    case ComponentType.Checkbox:
      return (
        <Checkbox className="tick" isSelected={entry === true} onChange={onChange}>
          <span className="tick-box">
            <Icon name="check" />
          </span>
          <span>
            {field.label}
            {field.description ? <span className="hint block">{field.description}</span> : null}
          </span>
        </Checkbox>
      )
    case ComponentType.RadioGroup:
      return <RadioInput {...props} component={component} />
    case ComponentType.CheckboxGroup:
      return <CheckboxInput {...props} component={component} />
    case ComponentType.FileUpload:
      return <FileInput {...props} component={component} />
    case ComponentType.StringSelect:
    case ComponentType.UserSelect:
    case ComponentType.RoleSelect:
    case ComponentType.MentionableSelect:
    case ComponentType.ChannelSelect:
      return <SelectInput {...props} component={component} />
    default:
      return component satisfies never
  }
}

type PropsFor<N extends number> = ModalInputProps & { component: Extract<ModalComponent, { type: N }> }

function isRequired(component: { required?: boolean | undefined }): boolean {
  return component.required !== false
}

function chosenOf(entry: ModalEntry): string[] {
  return Array.isArray(entry) ? entry.filter((part) => typeof part === 'string') : []
}

function Description({ text }: { text: string | null }) {
  return text === null ? null : (
    <Text slot="description" className="hint">
      {text}
    </Text>
  )
}

function TextInput({ field, component, autoFocus, entry, problem, onChange }: PropsFor<4>) {
  const hint = component.placeholder ?? ''
  return (
    <TextField
      className="field"
      value={typeof entry === 'string' ? entry : ''}
      onChange={onChange}
      isRequired={isRequired(component)}
      isInvalid={problem !== null}
      validationBehavior="aria"
      maxLength={component.max_length ?? 4_000}
      autoFocus={autoFocus}
    >
      <Label className="label">{field.label}</Label>
      <Description text={field.description} />
      {component.style === paragraph ? (
        <TextArea rows={4} placeholder={hint} />
      ) : (
        <Input placeholder={hint} />
      )}
      <FieldError className="problem">{problem}</FieldError>
    </TextField>
  )
}

function RadioInput({ field, component, entry, problem, onChange }: PropsFor<21>) {
  return (
    <RadioGroup
      className="field"
      value={chosenOf(entry)[0] ?? null}
      onChange={(value) => onChange([value])}
      isRequired={isRequired(component)}
      isInvalid={problem !== null}
      validationBehavior="aria"
    >
      <Label className="label">{field.label}</Label>
      <Description text={field.description} />
      {component.options.map((option) => (
        <Radio key={option.value} value={option.value} className="tick">
          <span className="tick-box round" />
          <OptionText option={option} />
        </Radio>
      ))}
      <FieldError className="problem">{problem}</FieldError>
    </RadioGroup>
  )
}

function CheckboxInput({ field, component, entry, problem, onChange }: PropsFor<22>) {
  const chosen = chosenOf(entry)
  const most = component.max_values ?? component.options.length
  return (
    <CheckboxGroup
      className="field"
      value={chosen}
      onChange={onChange}
      isRequired={isRequired(component)}
      isInvalid={problem !== null}
      validationBehavior="aria"
    >
      <Label className="label">{field.label}</Label>
      <Description text={field.description} />
      {component.options.map((option) => (
        <Checkbox
          key={option.value}
          value={option.value}
          className="tick"
          isDisabled={chosen.length >= most && !chosen.includes(option.value)}
        >
          <span className="tick-box">
            <Icon name="check" />
          </span>
          <OptionText option={option} />
        </Checkbox>
      ))}
      <FieldError className="problem">{problem}</FieldError>
    </CheckboxGroup>
  )
}

function OptionText({ option }: { option: { label: string; description?: string | undefined } }) {
  return (
    <span>
      {option.label}
      {option.description ? <span className="hint block">{option.description}</span> : null}
    </span>
  )
}

function FileInput({ field, component, entry, problem, onChange }: PropsFor<19>) {
  const id = `file-${component.custom_id}`
  const files = Array.isArray(entry) ? entry.filter((part) => part instanceof File) : []
  return (
    <div className="field">
      <label className="label" htmlFor={id}>
        {field.label}
      </label>
      {field.description === null ? null : <p className="hint">{field.description}</p>}
      <input
        id={id}
        type="file"
        multiple={(component.max_values ?? 1) > 1}
        aria-required={isRequired(component)}
        aria-invalid={problem !== null}
        onChange={(event) => onChange([...(event.target.files ?? [])].slice(0, component.max_values ?? 1))}
      />
      {files.length > 0 ? <p className="hint">{files.map((file) => file.name).join(', ')}</p> : null}
      {problem === null ? null : <p className="problem">{problem}</p>}
    </div>
  )
}

function SelectInput({ field, component, entry, problem, onChange }: PropsFor<3 | 5 | 6 | 7 | 8>) {
  const choices = useSelectChoices(component)
  return (
    <Picker
      label={field.label}
      description={field.description ?? undefined}
      placeholder={placeholderOf(component)}
      choices={choices}
      selected={chosenOf(entry)}
      most={component.max_values ?? 1}
      isRequired={isRequired(component)}
      problem={problem}
      onChange={onChange}
    />
  )
}

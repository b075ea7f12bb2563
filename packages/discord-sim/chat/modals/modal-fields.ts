import { ComponentType } from 'discord-api-types/v10'
import type {
  APIComponentInLabel,
  APIModalInteractionResponseCallbackComponent,
  APITextInputComponent,
} from 'discord-api-types/v10'

/** Something that can be filled in. */
export type ModalComponent = APIComponentInLabel | APITextInputComponent

/** One part of a modal, from top to bottom. */
export type ModalField =
  | { kind: 'text'; text: string }
  | { kind: 'input'; customId: string; label: string; description: string | null; component: ModalComponent }

/** What a person entered, by custom id: text, a tick, choices, or files. */
export type ModalEntry = string | boolean | string[] | File[]
export type ModalEntries = Readonly<Record<string, ModalEntry>>

/**
 * The parts of a modal: inputs in labels, the older inputs in rows, and texts between them. The simulator has checked
 * the form of `components`.
 */
export function fieldsOf(components: readonly { type: number }[]): ModalField[] {
  const checked = components as readonly APIModalInteractionResponseCallbackComponent[]
  return checked.flatMap((component): ModalField[] => {
    switch (component.type) {
      case ComponentType.TextDisplay:
        return [{ kind: 'text', text: component.content }]
      case ComponentType.Label:
        return [
          {
            kind: 'input',
            customId: component.component.custom_id,
            label: component.label,
            description: component.description ?? null,
            component: component.component,
          },
        ]
      case ComponentType.ActionRow:
        return component.components.map((input) => ({
          kind: 'input',
          customId: input.custom_id,
          label: input.label ?? input.custom_id,
          description: null,
          component: input,
        }))
      default:
        return []
    }
  })
}

/** What stands in the fields when the modal opens. */
export function startValues(fields: readonly ModalField[]): ModalEntries {
  return Object.fromEntries(
    fields.flatMap((field) =>
      field.kind === 'input' ? [[field.customId, startValue(field.component)]] : [],
    ),
  )
}

function startValue(component: ModalComponent): ModalEntry {
  switch (component.type) {
    case ComponentType.TextInput:
      return component.value ?? ''
    case ComponentType.Checkbox:
      return component.default === true
    case ComponentType.StringSelect:
    case ComponentType.RadioGroup:
    case ComponentType.CheckboxGroup:
      return component.options.filter((option) => option.default === true).map((option) => option.value)
    case ComponentType.FileUpload:
      return []
    case ComponentType.UserSelect:
    case ComponentType.RoleSelect:
    case ComponentType.MentionableSelect:
    case ComponentType.ChannelSelect:
      return (component.default_values ?? []).map((chosen) => chosen.id)
    default:
      return component satisfies never
  }
}

/** What keeps the modal from being sent, by custom id. */
export function missingFields(fields: readonly ModalField[], entries: ModalEntries): Record<string, string> {
  const problems: Record<string, string> = {}
  for (const field of fields) {
    if (field.kind !== 'input') continue
    const problem = problemOf(field.component, entries[field.customId] ?? '')
    if (problem !== null) problems[field.customId] = problem
  }
  return problems
}

function problemOf(component: ModalComponent, entry: ModalEntry): string | null {
  if (component.type === ComponentType.Checkbox) return null
  if (component.type === ComponentType.TextInput) {
    const text = typeof entry === 'string' ? entry : ''
    if (text === '') return component.required === false ? null : 'This field is required'
    const least = component.min_length ?? 0
    return text.length < least ? `At least ${least} characters` : null
  }
  const count = Array.isArray(entry) ? entry.length : 0
  if (count === 0) return component.required === false ? null : 'This field is required'
  const least = 'min_values' in component ? (component.min_values ?? 1) : 1
  return count < least ? `At least ${least}` : null
}

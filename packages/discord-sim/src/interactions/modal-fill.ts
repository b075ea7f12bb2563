import { ComponentType } from 'discord-api-types/v10'
import { SimError } from '../discord-error.ts'
import type { AttachmentStore } from '../forms/attachment-store.ts'
import type { LooseComponent } from '../resources/component-tree.ts'
import { isComponent } from '../resources/component-tree.ts'
import { fileGroups } from './file-groups.ts'
import type { Resolved } from './command-options.ts'
import { keepUpload } from './uploaded-files.ts'
import type { PersonFile } from './uploaded-files.ts'

/** What a person enters: text, a tick, choices (ids for users, roles and channels), or files. */
export type ModalValue = string | boolean | string[] | PersonFile[]
export type ModalValues = Record<string, ModalValue>

/** What a filled component is sent with beside its type and id. */
type Filled = Record<string, unknown>

/** Fills a modal as Discord's client does: it does not let a person submit what the modal does not allow. */
export class ModalFill {
  readonly #values: ModalValues
  readonly #resolved: Resolved
  readonly #attachments: AttachmentStore
  readonly #channelId: string
  readonly #used = new Set<string>()

  constructor(values: ModalValues, resolved: Resolved, attachments: AttachmentStore, channelId: string) {
    this.#values = values
    this.#resolved = resolved
    this.#attachments = attachments
    this.#channelId = channelId
  }

  /**
   * The `components` of a submitted modal, each kind in its own shape.
   * Source: "Interaction Response Structure" of each component in https://docs.discord.com/developers/components/reference
   */
  components(modal: readonly LooseComponent[]): Filled[] {
    const filled = modal.map((component) => this.#fill(component))
    const unknown = Object.keys(this.#values).find((key) => !this.#used.has(key))
    if (unknown !== undefined) throw new SimError(`the modal has no input "${unknown}"`)
    return filled
  }

  #fill(component: LooseComponent): Filled {
    const base = { type: component.type, id: component.id ?? 0 }
    if (component.type === ComponentType.TextDisplay) return base
    if (component.type === ComponentType.ActionRow && Array.isArray(component.components)) {
      return {
        ...base,
        components: component.components.filter(isComponent).map((child) => this.#fill(child)),
      }
    }
    if (component.type === ComponentType.Label && isComponent(component.component)) {
      return { ...base, component: this.#fill(component.component) }
    }
    const customId = String(component.custom_id)
    this.#used.add(customId)
    return { ...base, custom_id: customId, ...this.#answer(component, customId, this.#values[customId]) }
  }

  #answer(component: LooseComponent, customId: string, value: ModalValue | undefined): Filled {
    switch (component.type) {
      case ComponentType.TextInput:
        return { value: text(component, customId, value) }
      case ComponentType.Checkbox:
        if (value !== undefined && typeof value !== 'boolean') throw wrong(customId, 'true or false')
        return { value: value ?? component.default === true }
      case ComponentType.RadioGroup: {
        const [chosen = null, ...more] = choices(component, customId, value, 1)
        if (more.length > 0) throw wrong(customId, 'one choice')
        return { value: chosen }
      }
      case ComponentType.CheckboxGroup:
        return { values: choices(component, customId, value, optionsOf(component).length) }
      case ComponentType.FileUpload:
        return { values: this.#upload(component, customId, value) }
      default: {
        const values = choices(component, customId, value, 1)
        for (const id of values) this.#resolved.addSelected(component.type, id)
        return { values }
      }
    }
  }

  #upload(component: LooseComponent, customId: string, value: ModalValue | undefined): string[] {
    const files = Array.isArray(value) ? value.filter((file) => typeof file === 'object') : []
    if (value !== undefined && files.length !== (Array.isArray(value) ? value.length : -1)) {
      throw wrong(customId, 'files')
    }
    requireCount(component, customId, files.length, 1)
    return files.map((file, index) => {
      if (!fitsFileTypes(file.filename, component.file_types)) {
        throw new SimError(`"${customId}" takes no file named ${file.filename}`)
      }
      return keepUpload(this.#attachments, this.#channelId, this.#resolved, file, index)
    })
  }
}

const wrong = (customId: string, what: string) => new SimError(`"${customId}" takes ${what}`)

function text(component: LooseComponent, customId: string, value: ModalValue | undefined): string {
  if (value !== undefined && typeof value !== 'string') throw wrong(customId, 'text')
  const entered = value ?? (typeof component.value === 'string' ? component.value : '')
  if (entered === '') {
    if (component.required !== false) throw new SimError(`the modal needs a value for "${customId}"`)
    return ''
  }
  const min = Number(component.min_length ?? 0)
  const max = Number(component.max_length ?? 4_000)
  if (entered.length < min || entered.length > max) {
    throw new SimError(`"${customId}" takes ${min} to ${max} characters, not ${entered.length}`)
  }
  return entered
}

function optionsOf(component: LooseComponent): { value: string; default?: boolean }[] {
  return Array.isArray(component.options) ? (component.options as { value: string; default?: boolean }[]) : []
}

/** What is chosen, or what the modal chose beforehand. */
function choices(
  component: LooseComponent,
  customId: string,
  value: ModalValue | undefined,
  defaultMax: number,
): string[] {
  const options = optionsOf(component)
  const given =
    value === undefined
      ? [
          ...options.filter((option) => option.default).map((option) => option.value),
          ...((component.default_values ?? []) as { id: string }[]).map(({ id }) => id),
        ]
      : [value].flat()
  const chosen = given.filter((one) => typeof one === 'string')
  if (chosen.length !== given.length) throw wrong(customId, 'choices')
  const unknown = options.length > 0 && chosen.find((one) => !options.some((option) => option.value === one))
  if (typeof unknown === 'string') throw new SimError(`"${customId}" has no option "${unknown}"`)
  requireCount(component, customId, chosen.length, defaultMax)
  return chosen
}

/** Nothing at all is allowed where nothing is required. */
function requireCount(component: LooseComponent, customId: string, count: number, defaultMax: number): void {
  const min = Number(component.min_values ?? 1)
  const max = Number(component.max_values ?? Math.max(defaultMax, min))
  if (count === 0 && component.required === false) return
  if (count === 0 && min > 0) throw new SimError(`the modal needs a value for "${customId}"`)
  if (count < min || count > max) throw new SimError(`"${customId}" takes ${min} to ${max}, not ${count}`)
}

/** Compares the ending of the name alone: https://docs.discord.com/developers/reference#file-type-filtering */
function fitsFileTypes(filename: string, types: unknown): boolean {
  if (!Array.isArray(types) || types.length === 0) return true
  const name = filename.toLowerCase()
  return (types as string[])
    .flatMap((type) => fileGroups[type.toLowerCase()] ?? [type.toLowerCase()])
    .some((ending) => name.endsWith(ending))
}

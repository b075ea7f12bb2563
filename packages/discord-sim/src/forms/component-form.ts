import { ComponentType } from 'discord-api-types/v10'
import { invalidField } from '../discord-error.ts'

interface LooseComponent {
  type: number
  [key: string]: unknown
}

const v2Only: number[] = [
  ComponentType.Section,
  ComponentType.TextDisplay,
  ComponentType.Thumbnail,
  ComponentType.MediaGallery,
  ComponentType.File,
  ComponentType.Separator,
  ComponentType.Container,
]
const selects: number[] = [
  ComponentType.StringSelect,
  ComponentType.UserSelect,
  ComponentType.RoleSelect,
  ComponentType.MentionableSelect,
  ComponentType.ChannelSelect,
]
const maxComponentsV2 = 40
const maxRows = 5
const linkStyle = 5

/** The components inside a component, whatever holds them. */
function childrenOf(component: LooseComponent): LooseComponent[] {
  const nested = [component.components, component.accessory, component.component].flat()
  return nested.filter(
    (child): child is LooseComponent => typeof child === 'object' && child !== null && 'type' in child,
  )
}

/** Every component of a tree with the path that leads to it. */
function* walk(list: LooseComponent[], path: string): Generator<[LooseComponent, string]> {
  for (const [index, component] of list.entries()) {
    const here = `${path}.${index}`
    yield [component, here]
    yield* walk(childrenOf(component), `${here}.components`)
  }
}

/** Checks what Discord checks of a message's components. Throws 50035 at the first fault. */
export function checkComponents(list: LooseComponent[], componentsV2: boolean): void {
  const all = [...walk(list, 'components')]
  if (componentsV2 && all.length > maxComponentsV2) {
    throw invalidField('components', 'BASE_TYPE_MAX_LENGTH', `Must be ${maxComponentsV2} or fewer in length.`)
  }
  if (!componentsV2 && list.length > maxRows) {
    throw invalidField('components', 'BASE_TYPE_MAX_LENGTH', `Must be ${maxRows} or fewer in length.`)
  }
  const seen = new Set<string>()
  for (const [component, path] of all) {
    if (!componentsV2 && v2Only.includes(component.type)) {
      throw invalidField(
        `${path}.type`,
        'UNION_TYPE_CHOICES',
        'This component needs MessageFlags.IS_COMPONENTS_V2',
      )
    }
    checkInteractive(component, path, seen)
  }
  if (componentsV2) return
  for (const [index, row] of list.entries()) {
    if (row.type !== ComponentType.ActionRow) {
      throw invalidField(
        `components.${index}.type`,
        'UNION_TYPE_CHOICES',
        'Value of field "type" must be one of (1,).',
      )
    }
    const count = childrenOf(row).length
    if (count < 1 || count > 5) {
      throw invalidField(
        `components.${index}.components`,
        'BASE_TYPE_BAD_LENGTH',
        'Must be between 1 and 5 in length.',
      )
    }
  }
}

function checkInteractive(component: LooseComponent, path: string, seen: Set<string>): void {
  const isButton = component.type === ComponentType.Button
  if (!isButton && !selects.includes(component.type)) return
  if (isButton && (component.style === linkStyle || component.style === 6)) return
  const customId = component.custom_id
  if (typeof customId !== 'string' || customId.length === 0) {
    throw invalidField(`${path}.custom_id`, 'BASE_TYPE_REQUIRED', 'This field is required')
  }
  if (customId.length > 100) {
    throw invalidField(`${path}.custom_id`, 'BASE_TYPE_MAX_LENGTH', 'Must be 100 or fewer in length.')
  }
  if (seen.has(customId)) {
    throw invalidField(
      `${path}.custom_id`,
      'COMPONENT_CUSTOM_ID_DUPLICATED',
      'Component custom id cannot be duplicated',
    )
  }
  seen.add(customId)
  if (component.type === ComponentType.StringSelect) {
    const options = component.options
    if (!Array.isArray(options) || options.length < 1 || options.length > 25) {
      throw invalidField(`${path}.options`, 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 25 in length.')
    }
  }
}

/** True where the tree holds an interactive component with this custom id. */
export function findComponent(list: unknown, customId: string): LooseComponent | null {
  for (const [component] of walk((list ?? []) as LooseComponent[], 'components')) {
    if (component.custom_id === customId) return component
  }
  return null
}

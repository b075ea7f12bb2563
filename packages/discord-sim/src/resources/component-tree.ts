import { ComponentType } from 'discord-api-types/v10'

/** Any component, as far as everyone may look into it. */
export interface LooseComponent {
  type: number
  id?: number | null | undefined
  [key: string]: unknown
}

export function isComponent(value: unknown): value is LooseComponent {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'number'
}

/** Every component of a tree, in reading order, with the path of field names that leads to it. */
export function* walkComponents(
  list: readonly LooseComponent[],
  path: readonly string[] = ['components'],
): Generator<[LooseComponent, string[]]> {
  for (const [index, component] of list.entries()) {
    const here = [...path, String(index)]
    yield* walkOne(component, here)
  }
}

function* walkOne(component: LooseComponent, here: string[]): Generator<[LooseComponent, string[]]> {
  yield [component, here]
  if (Array.isArray(component.components)) {
    yield* walkComponents(component.components.filter(isComponent), [...here, 'components'])
  }
  for (const field of ['accessory', 'component'] as const) {
    const child = component[field]
    if (isComponent(child)) yield* walkOne(child, [...here, field])
  }
}

/** True where the tree holds an interactive component with this custom id. */
export function findComponent(list: unknown, wanted: string): LooseComponent | null {
  const roots = Array.isArray(list) ? list.filter(isComponent) : []
  for (const [component] of walkComponents(roots)) if (component.custom_id === wanted) return component
  return null
}

/** What a message of components says: the contents of its text displays. */
export function displayedTexts(list: unknown): string[] {
  const roots = Array.isArray(list) ? list.filter(isComponent) : []
  return [...walkComponents(roots)].flatMap(([component]) =>
    component.type === ComponentType.TextDisplay && typeof component.content === 'string'
      ? [component.content]
      : [],
  )
}

import { ComponentType } from 'discord-api-types/v10'
import { isComponent, walkComponents } from '../resources/component-tree.ts'
import type { LooseComponent } from '../resources/component-tree.ts'

/** What Discord adds where the sender left it out, by component type. */
const defaults: Partial<Record<number, Record<string, unknown>>> = {
  [ComponentType.StringSelect]: { min_values: 1, max_values: 1 },
  [ComponentType.UserSelect]: { min_values: 1, max_values: 1 },
  [ComponentType.RoleSelect]: { min_values: 1, max_values: 1 },
  [ComponentType.MentionableSelect]: { min_values: 1, max_values: 1 },
  [ComponentType.ChannelSelect]: { min_values: 1, max_values: 1 },
  [ComponentType.Container]: { accent_color: null, spoiler: false },
  [ComponentType.Separator]: { divider: true, spacing: 1 },
  [ComponentType.Thumbnail]: { description: null, spoiler: false },
  [ComponentType.File]: { spoiler: false, name: null, size: null },
}

/**
 * Components as Discord gives them back: each with an id (given ones stay, the others are counted up in
 * reading order) and its defaults filled in. `media` completes what shows a picture or a file.
 */
export function completeComponents(
  list: readonly LooseComponent[],
  media: (given: Record<string, unknown>) => Record<string, unknown> = (given) => given,
): LooseComponent[] {
  const taken = new Set<number>()
  for (const [{ id }] of walkComponents(list)) if (id) taken.add(id)
  let counter = 0
  const nextId = () => {
    do counter += 1
    while (taken.has(counter))
    return counter
  }
  const complete = (component: LooseComponent): LooseComponent => {
    const id = component.id || nextId()
    const out: LooseComponent = { ...defaults[component.type], ...withoutNulls(component), id }
    if (Array.isArray(component.components)) {
      out.components = component.components.filter(isComponent).map(complete)
    }
    if (isComponent(component.accessory)) out.accessory = complete(component.accessory)
    if (isComponent(component.component)) out.component = complete(component.component)
    if (isRecord(component.media)) out.media = media(component.media)
    if (isRecord(component.file)) out.file = media(component.file)
    if (Array.isArray(component.options)) out.options = component.options.filter(isRecord).map(withoutNulls)
    if (Array.isArray(component.items)) {
      out.items = component.items.filter(isRecord).map((item) => ({
        description: null,
        spoiler: false,
        ...withoutNulls(item),
        ...(isRecord(item.media) ? { media: media(item.media) } : {}),
      }))
    }
    return out
  }
  return list.map(complete)
}

function withoutNulls<T extends object>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== null && field !== undefined),
  ) as T
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

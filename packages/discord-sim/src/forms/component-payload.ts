import { ComponentType } from 'discord-api-types/v10'
import type { APIEmbed } from 'discord-api-types/v10'

interface LooseComponent {
  type: number
  [key: string]: unknown
}

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
 * reading order) and its defaults filled in. `mediaId` makes the ids of unfurled media.
 */
export function completeComponents(list: readonly LooseComponent[], mediaId: () => string): LooseComponent[] {
  const taken = new Set<number>()
  const collect = (components: readonly LooseComponent[]) => {
    for (const component of components) {
      if (typeof component.id === 'number' && component.id > 0) taken.add(component.id)
      collect(nested(component.components))
      if (isComponent(component.accessory)) collect([component.accessory])
    }
  }
  collect(list)
  let counter = 0
  const nextId = () => {
    do counter += 1
    while (taken.has(counter))
    return counter
  }
  const complete = (component: LooseComponent): LooseComponent => {
    const id = typeof component.id === 'number' && component.id > 0 ? component.id : nextId()
    const out: LooseComponent = { ...defaults[component.type], ...withoutNulls(component), id }
    if (Array.isArray(component.components)) out.components = nested(component.components).map(complete)
    if (isComponent(component.accessory)) out.accessory = complete(component.accessory)
    if (isRecord(component.media)) out.media = unfurl(component.media, mediaId)
    if (isRecord(component.file)) out.file = unfurl(component.file, mediaId)
    if (Array.isArray(component.items)) {
      out.items = component.items.filter(isRecord).map((item) => ({
        description: null,
        spoiler: false,
        ...item,
        ...(isRecord(item.media) ? { media: unfurl(item.media, mediaId) } : {}),
      }))
    }
    return out
  }
  return list.map(complete)
}

/** Embeds as Discord gives them back: nulls gone, `inline` always there. */
export function completeEmbed(embed: object): APIEmbed {
  const out = { type: 'rich', ...withoutNulls(embed) } as APIEmbed
  if (out.fields) out.fields = out.fields.map((field) => ({ ...field, inline: field.inline ?? false }))
  return out
}

function unfurl(media: Record<string, unknown>, mediaId: () => string): Record<string, unknown> {
  return { id: mediaId(), proxy_url: media.url, width: null, height: null, content_type: null, ...media }
}

function withoutNulls<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null)) as T
}

function nested(value: unknown): LooseComponent[] {
  return Array.isArray(value) ? value.filter(isComponent) : []
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isComponent(value: unknown): value is LooseComponent {
  return isRecord(value) && typeof value.type === 'number'
}

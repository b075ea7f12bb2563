import { ComponentType } from 'discord-api-types/v10'
import { z } from 'zod'
import { invalidForm } from '../discord-error.ts'
import {
  buttonSchema,
  checkCounts,
  componentBase,
  duplicateIds,
  selectSchemas,
  textDisplaySchema,
} from './component-parts.ts'
import { displayedTexts, walkComponents } from '../resources/component-tree.ts'
import type { LooseComponent } from '../resources/component-tree.ts'
import { listOf, parseForm, textOf } from './form.ts'
import { mediaUrl, urlOf } from './url-form.ts'

const [strings, users, roles, mentionables, channels] = selectSchemas
const inRow = z.discriminatedUnion('type', [
  buttonSchema,
  strings.check((context) => checkCounts(context)),
  users.check((context) => checkCounts(context)),
  roles.check((context) => checkCounts(context)),
  mentionables.check((context) => checkCounts(context)),
  channels.check((context) => checkCounts(context)),
])

/** Buttons take a fifth of a row, a select all of it. */
const rowWidth = 5
const widthOf = (type: number) => (type === ComponentType.Button ? 1 : rowWidth)

const actionRow = z.object({
  ...componentBase,
  type: z.literal(ComponentType.ActionRow),
  components: listOf(inRow, 1, 5).check((context) => {
    let width = 0
    for (const [index, { type }] of context.value.entries()) {
      width += widthOf(type)
      if (width <= rowWidth) continue
      context.issues.push({
        code: 'custom',
        input: context.value,
        path: [index],
        message: 'The specified component exceeds the maximum width',
        params: { code: 'COMPONENT_LAYOUT_WIDTH_EXCEEDED' },
      })
    }
  }),
})

const described = { description: textOf(1, 1_024).nullish(), spoiler: z.boolean().nullish() }
const media = z.object({ url: mediaUrl })
const thumbnail = z.object({
  ...componentBase,
  ...described,
  type: z.literal(ComponentType.Thumbnail),
  media,
})
const section = z.object({
  ...componentBase,
  type: z.literal(ComponentType.Section),
  components: listOf(z.discriminatedUnion('type', [textDisplaySchema]), 1, 3),
  accessory: z.discriminatedUnion('type', [buttonSchema, thumbnail]),
})
const gallery = z.object({
  ...componentBase,
  type: z.literal(ComponentType.MediaGallery),
  items: listOf(z.object({ ...described, media }), 1, 10),
})
const file = z.object({
  ...componentBase,
  type: z.literal(ComponentType.File),
  file: z.object({ url: urlOf(['attachment']) }),
  spoiler: z.boolean().nullish(),
})
const separator = z.object({
  ...componentBase,
  type: z.literal(ComponentType.Separator),
  divider: z.boolean().nullish(),
  spacing: z.literal([1, 2]).nullish(),
})
const container = z.object({
  ...componentBase,
  type: z.literal(ComponentType.Container),
  accent_color: z.number().int().min(0).max(0xffffff).nullish(),
  spoiler: z.boolean().nullish(),
  components: listOf(
    z.discriminatedUnion('type', [actionRow, textDisplaySchema, section, gallery, separator, file]),
    1,
    40,
  ),
})

const legacySchema = z.object({ components: z.array(z.discriminatedUnion('type', [actionRow])).max(5) })
const layoutSchema = z.object({
  components: z
    .array(
      z.discriminatedUnion('type', [
        actionRow,
        section,
        textDisplaySchema,
        gallery,
        file,
        separator,
        container,
      ]),
    )
    .max(40),
})

const maxTotal = 40
/** Of all text displays together: https://github.com/discord/discord-api-docs/pull/8562 */
const maxText = 4_000

/**
 * A message's components, checked as Discord checks them. Without IS_COMPONENTS_V2 a message holds at most five rows;
 * with it any layout of at most 40 components.
 * @param attached names of the files that come along or are already there, for `attachment://` references
 */
export function parseMessageComponents(
  list: unknown,
  componentsV2: boolean,
  attached: ReadonlySet<string>,
): LooseComponent[] {
  const schema = componentsV2 ? layoutSchema : legacySchema
  const components: LooseComponent[] = parseForm(schema, { components: list }).components
  const problems = duplicateIds(components)
  const all = [...walkComponents(components)]
  if (all.length > maxTotal) {
    problems.push({
      path: ['components'],
      code: 'BASE_TYPE_MAX_LENGTH',
      message: `Must be ${maxTotal} or fewer in length.`,
    })
  }
  if (displayedTexts(components).join('').length > maxText) {
    problems.push({
      path: ['components'],
      code: 'COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED',
      message: `Total displayable text size exceeds maximum size of ${maxText}`,
    })
  }
  for (const [component, path] of all) {
    for (const [field, url] of mediaOf(component)) {
      const name = /^attachment:\/\/(.*)$/.exec(url)?.[1]
      if (name === undefined || attached.has(name)) continue
      problems.push({
        path: [...path, ...field],
        code: 'UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND',
        message: `Could not find attachment with filename: ${name}`,
      })
    }
  }
  if (problems.length > 0) throw invalidForm(problems)
  return components
}

/** The addresses of media in a component, each with the field that holds it. */
function mediaOf(component: LooseComponent): [string[], string][] {
  const found: [string[], string][] = []
  const look = (holder: unknown, field: string[]) => {
    if (typeof holder !== 'object' || holder === null || !('url' in holder)) return
    if (typeof holder.url === 'string') found.push([[...field, 'url'], holder.url])
  }
  look(component.media, ['media'])
  look(component.file, ['file'])
  if (Array.isArray(component.items)) {
    for (const [index, item] of (component.items as { media?: unknown }[]).entries()) {
      look(item.media, ['items', String(index), 'media'])
    }
  }
  return found
}

import { ComponentType } from 'discord-api-types/v10'
import { z } from 'zod'
import { walkComponents } from '../resources/component-tree.ts'
import type { LooseComponent } from '../resources/component-tree.ts'
import { listOf, snowflake, textOf } from './form.ts'
import { urlOf } from './url-form.ts'

/**
 * What messages and modals share of components. Limits are those of
 * https://docs.discord.com/developers/components/reference and of Discord's OpenAPI description; where the two
 * differ, the narrower one.
 */

export const componentBase = { id: z.number().int().min(0).max(2_147_483_647).nullish() }
export const customId = textOf(1, 100)

const emojiSchema = z
  .object({ id: snowflake.nullish(), name: z.string().max(32).nullish(), animated: z.boolean().nullish() })
  .refine((emoji) => Boolean(emoji.id ?? emoji.name), {
    error: 'Invalid emoji',
    params: { code: 'COMPONENT_INVALID_EMOJI' },
  })

const linkStyle = 5
const premiumStyle = 6

/** https://docs.discord.com/developers/components/reference#button: each style has its own required field. */
export const buttonSchema = z
  .object({
    ...componentBase,
    type: z.literal(ComponentType.Button),
    style: z.literal([1, 2, 3, 4, linkStyle, premiumStyle]),
    label: z.string().max(80).nullish(),
    emoji: emojiSchema.nullish(),
    custom_id: customId.nullish(),
    url: urlOf(['http', 'https', 'discord'], 512).nullish(),
    sku_id: snowflake.nullish(),
    disabled: z.boolean().nullish(),
  })
  .check((context) => {
    const button = context.value
    const refuse = (field: string, code: string, message: string) =>
      context.issues.push({ code: 'custom', input: button, path: [field], message, params: { code } })
    if (button.style === premiumStyle) {
      if (!button.sku_id) refuse('sku_id', 'BASE_TYPE_REQUIRED', 'This field is required')
      for (const field of ['custom_id', 'label', 'url', 'emoji'] as const) {
        if (button[field]) refuse(field, 'BUTTON_COMPONENT_PREMIUM_FIELD', `A premium button has no ${field}`)
      }
      return
    }
    if (button.sku_id) refuse('sku_id', 'BUTTON_COMPONENT_SKU_ID', 'Only premium buttons have a SKU')
    if (!button.label && !button.emoji) refuse('label', 'BASE_TYPE_REQUIRED', 'This field is required')
    if (button.custom_id && button.url) {
      refuse(
        'custom_id',
        'BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE',
        'A custom id and url cannot both be specified',
      )
    } else if (button.style === linkStyle) {
      if (!button.url) refuse('url', 'BUTTON_COMPONENT_URL_REQUIRED', 'A url is required')
    } else if (!button.custom_id) {
      refuse('custom_id', 'BUTTON_COMPONENT_CUSTOM_ID_REQUIRED', 'A custom id is required')
    }
  })

const optionSchema = z.object({
  label: textOf(1, 100),
  value: textOf(1, 100),
  description: z.string().max(100).nullish(),
  emoji: emojiSchema.nullish(),
  default: z.boolean().nullish(),
})

/** Options of one component, whose values differ. */
export const optionList = (min: number, max: number) =>
  listOf(optionSchema, min, max).refine(
    (options) => new Set(options.map(({ value }) => value)).size === options.length,
    {
      error: 'The specified option value is already used',
      params: { code: 'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED' },
    },
  )

/** How many values are chosen: `most` at the most, and never more at least than at most. */
export const valueCounts = (most: number) => ({
  min_values: z.number().int().min(0).max(most).nullish(),
  max_values: z.number().int().min(1).max(most).nullish(),
})

export interface Counted {
  min_values?: number | null | undefined
  max_values?: number | null | undefined
  default_values?: readonly unknown[] | null | undefined
}

export function checkCounts(context: z.core.ParsePayload<Counted>, defaultMax = 1): void {
  const { min_values: min, max_values: max, default_values: defaults } = context.value
  const refuse = (field: string, message: string) =>
    context.issues.push({
      code: 'custom',
      input: context.value,
      path: [field],
      message,
      params: { code: 'BASE_TYPE_BAD_LENGTH' },
    })
  const least = min ?? 1
  const most = max ?? Math.max(defaultMax, least)
  if (least > most) refuse('min_values', `Must be ${most} or fewer.`)
  if (defaults && defaults.length > 0 && (defaults.length < least || defaults.length > most)) {
    refuse('default_values', `Must be between ${least} and ${most} in length.`)
  }
}

const placeholder = z.string().max(150).nullish()
const defaultValues = (types: readonly string[]) =>
  z
    .array(z.object({ id: snowflake, type: z.enum(types as [string, ...string[]]) }))
    .max(25)
    .nullish()

const selectFields = {
  ...componentBase,
  ...valueCounts(25),
  custom_id: customId,
  placeholder,
  required: z.boolean().nullish(),
  disabled: z.boolean().nullish(),
}

const stringSelect = z.object({
  ...selectFields,
  type: z.literal(ComponentType.StringSelect),
  options: optionList(1, 25),
})
const userSelect = z.object({
  ...selectFields,
  type: z.literal(ComponentType.UserSelect),
  default_values: defaultValues(['user']),
})
const roleSelect = z.object({
  ...selectFields,
  type: z.literal(ComponentType.RoleSelect),
  default_values: defaultValues(['role']),
})
const mentionableSelect = z.object({
  ...selectFields,
  type: z.literal(ComponentType.MentionableSelect),
  default_values: defaultValues(['user', 'role']),
})
const channelSelect = z.object({
  ...selectFields,
  type: z.literal(ComponentType.ChannelSelect),
  default_values: defaultValues(['channel']),
  channel_types: z.array(z.literal([0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16])).nullish(),
})

/** The five selects, with more checks by whoever holds them. */
export const selectSchemas = [stringSelect, userSelect, roleSelect, mentionableSelect, channelSelect] as const

export const textDisplaySchema = z.object({
  ...componentBase,
  type: z.literal(ComponentType.TextDisplay),
  content: textOf(1, 4_000),
})

interface Problem {
  path: string[]
  code: string
  message: string
}

/** Ids and custom ids are unique within what they are sent in: the component reference, "Anatomy of a Component". */
export function duplicateIds(list: readonly LooseComponent[]): Problem[] {
  const customIds = new Set<string>()
  const ids = new Set<number>()
  const problems: Problem[] = []
  for (const [component, path] of walkComponents(list)) {
    const { custom_id: custom, id } = component
    if (typeof custom === 'string') {
      if (customIds.has(custom)) {
        problems.push({
          path: [...path, 'custom_id'],
          code: 'COMPONENT_CUSTOM_ID_DUPLICATED',
          message: 'Component custom id cannot be duplicated',
        })
      }
      customIds.add(custom)
    }
    if (typeof id === 'number' && id !== 0) {
      if (ids.has(id)) {
        problems.push({
          path: [...path, 'id'],
          code: 'COMPONENT_ID_DUPLICATED',
          message: 'Component id cannot be duplicated',
        })
      }
      ids.add(id)
    }
  }
  return problems
}

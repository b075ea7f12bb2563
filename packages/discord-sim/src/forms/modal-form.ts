import { ComponentType } from 'discord-api-types/v10'
import { z } from 'zod'
import { invalidForm } from '../discord-error.ts'
import {
  checkCounts,
  componentBase,
  customId,
  duplicateIds,
  optionList,
  selectSchemas,
  textDisplaySchema,
  valueCounts,
} from './component-parts.ts'
import type { Counted } from './component-parts.ts'
import type { LooseComponent } from '../resources/component-tree.ts'
import { listOf, parseForm, textOf } from './form.ts'

const [strings, users, roles, mentionables, channels] = selectSchemas

/** Rules that only modals have: nothing is disabled there, and what must be answered wants one value at least. */
function checkInModal(
  context: z.core.ParsePayload<
    Counted & { required?: boolean | null | undefined; disabled?: boolean | null | undefined }
  >,
  defaultMax = 1,
): void {
  checkCounts(context, defaultMax)
  const { required, disabled, min_values: min } = context.value
  const refuse = (field: string, code: string, message: string) =>
    context.issues.push({ code: 'custom', input: context.value, path: [field], message, params: { code } })
  if (disabled) refuse('disabled', 'COMPONENT_DISABLED_IN_MODAL', 'Components in modals cannot be disabled')
  if (min === 0 && required !== false) {
    refuse('min_values', 'NUMBER_TYPE_MIN', 'int value should be greater than or equal to 1.')
  }
}

const textInputFields = {
  ...componentBase,
  type: z.literal(ComponentType.TextInput),
  custom_id: customId,
  style: z.literal([1, 2]),
  min_length: z.number().int().min(0).max(4_000).nullish(),
  max_length: z.number().int().min(1).max(4_000).nullish(),
  required: z.boolean().nullish(),
  value: z.string().max(4_000).nullish(),
  placeholder: z.string().max(100).nullish(),
}

function checkLengths(
  context: z.core.ParsePayload<{
    min_length?: number | null | undefined
    max_length?: number | null | undefined
  }>,
): void {
  const { min_length: min, max_length: max } = context.value
  if ((min ?? 0) <= (max ?? 4_000)) return
  context.issues.push({
    code: 'custom',
    input: context.value,
    path: ['min_length'],
    message: `int value should be less than or equal to ${max}.`,
    params: { code: 'NUMBER_TYPE_MAX' },
  })
}

/** In a row an input has its own label; in a Label that one speaks for it. */
const textInputInRow = z.object({ ...textInputFields, label: textOf(1, 45) }).check(checkLengths)
const textInput = z.object({ ...textInputFields, label: textOf(1, 45).nullish() }).check(checkLengths)

const fileUpload = z
  .object({
    ...componentBase,
    ...valueCounts(10),
    type: z.literal(ComponentType.FileUpload),
    custom_id: customId,
    required: z.boolean().nullish(),
    file_types: z
      .array(z.string().regex(/^(?:image|video|audio|\.[^.\s]+)$/i))
      .max(10)
      .nullish(),
  })
  .check((context) => checkInModal(context))
const radioGroup = z.object({
  ...componentBase,
  type: z.literal(ComponentType.RadioGroup),
  custom_id: customId,
  required: z.boolean().nullish(),
  options: optionList(2, 10),
})
const checkboxGroup = z
  .object({
    ...componentBase,
    ...valueCounts(10),
    type: z.literal(ComponentType.CheckboxGroup),
    custom_id: customId,
    required: z.boolean().nullish(),
    options: optionList(1, 10),
  })
  .check((context) => checkInModal(context, context.value.options.length))
const checkbox = z.object({
  ...componentBase,
  type: z.literal(ComponentType.Checkbox),
  custom_id: customId,
  default: z.boolean().nullish(),
})

const label = z.object({
  ...componentBase,
  type: z.literal(ComponentType.Label),
  label: textOf(1, 45),
  description: textOf(1, 100).nullish(),
  component: z.discriminatedUnion('type', [
    textInput,
    strings.check((context) => checkInModal(context)),
    users.check((context) => checkInModal(context)),
    roles.check((context) => checkInModal(context)),
    mentionables.check((context) => checkInModal(context)),
    channels.check((context) => checkInModal(context)),
    fileUpload,
    radioGroup,
    checkboxGroup,
    checkbox,
  ]),
})
const row = z.object({
  ...componentBase,
  type: z.literal(ComponentType.ActionRow),
  components: listOf(z.discriminatedUnion('type', [textInputInRow]), 1, 1),
})

const modalSchema = z.object({
  custom_id: customId,
  title: textOf(1, 45),
  components: listOf(z.discriminatedUnion('type', [row, label, textDisplaySchema]), 1, 5),
})

/** A modal as an application sends it. */
export interface ModalForm {
  custom_id: string
  title: string
  components: LooseComponent[]
}

/** Checks a modal by https://docs.discord.com/developers/components/reference. Throws 50035. */
export function parseModal(data: unknown): ModalForm {
  const modal: ModalForm = parseForm(modalSchema, data)
  const problems = duplicateIds(modal.components)
  if (problems.length > 0) throw invalidForm(problems)
  return modal
}

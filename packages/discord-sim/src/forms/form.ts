import { z } from 'zod'
import { isSnowflake } from '../snowflake.ts'
import { DiscordError, invalidForm } from '../discord-error.ts'

/** Parses a body or query by a schema; failures become Discord's 50035 with its error tree. */
export function parseForm<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  if (input === null || input === undefined) input = {}
  if (typeof input !== 'object') throw new DiscordError(400, 50109, 'The request body contains invalid JSON.')
  const parsed = schema.safeParse(input, { reportInput: true })
  if (parsed.success) return parsed.data
  throw invalidForm(
    parsed.error.issues.map((issue) => ({ path: issue.path.map(String), ...describe(issue) })),
  )
}

/** The codes and texts of Discord's forms, as public reports show them. */
function describe(issue: z.core.$ZodIssue): { code: string; message: string } {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined || issue.input === null ? required : wrongType(issue)
    case 'too_big':
      if (issue.origin === 'string' || issue.origin === 'array') {
        return { code: 'BASE_TYPE_MAX_LENGTH', message: `Must be ${issue.maximum} or fewer in length.` }
      }
      return {
        code: 'NUMBER_TYPE_MAX',
        message: `int value should be less than or equal to ${issue.maximum}.`,
      }
    case 'too_small':
      if (issue.origin === 'string' || issue.origin === 'array') {
        return { code: 'BASE_TYPE_MIN_LENGTH', message: `Must be ${issue.minimum} or more in length.` }
      }
      return {
        code: 'NUMBER_TYPE_MIN',
        message: `int value should be greater than or equal to ${issue.minimum}.`,
      }
    case 'invalid_value':
      if (issue.input === undefined) return required
      return { code: 'BASE_TYPE_CHOICES', message: `Value must be one of (${issue.values.join(', ')}).` }
    case 'invalid_union':
      return describeUnion(issue)
    case 'custom': {
      const code = typeof issue.params?.code === 'string' ? issue.params.code : 'BASE_TYPE_INVALID'
      return { code, message: issue.message }
    }
    case 'invalid_format':
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return { code: 'BASE_TYPE_INVALID', message: issue.message }
    default:
      return issue satisfies never
  }
}

const required = { code: 'BASE_TYPE_REQUIRED', message: 'This field is required' }

function describeUnion(issue: z.core.$ZodIssueInvalidUnion): { code: string; message: string } {
  if (issue.input === undefined || issue.input === null) return required
  if (issue.discriminator === undefined) {
    const first = issue.errors[0]?.[0]
    return first ? describe(first) : required
  }
  const options = 'options' in issue ? issue.options?.map(String).join(', ') : ''
  const given = (issue.input as Record<string, unknown>)[issue.discriminator]
  return given === undefined || given === null
    ? required
    : {
        code: 'UNION_TYPE_CHOICES',
        message: `Value of field "${issue.discriminator}" must be one of (${options}).`,
      }
}

function wrongType(issue: z.core.$ZodIssueInvalidType): { code: string; message: string } {
  if (issue.expected === 'number' || issue.expected === 'int') {
    return { code: 'NUMBER_TYPE_COERCE', message: `Value ${JSON.stringify(issue.input)} is not int.` }
  }
  if (issue.expected === 'string') {
    return {
      code: 'STRING_TYPE_CONVERT',
      message: `Could not interpret "${JSON.stringify(issue.input)}" as string.`,
    }
  }
  if (issue.expected === 'boolean') {
    return { code: 'BOOLEAN_TYPE_CONVERT', message: 'Must be either true or false.' }
  }
  return issue.expected === 'array'
    ? { code: 'LIST_TYPE_CONVERT', message: 'Only iterables may be used in a ListType' }
    : { code: 'MODEL_TYPE_CONVERT', message: 'Only dictionaries may be used in a ModelType' }
}

/** A text whose length has both ends. */
export const textOf = (min: number, max: number) =>
  z.string().refine((value) => value.length >= min && value.length <= max, {
    error: `Must be between ${min} and ${max} in length.`,
    params: { code: 'BASE_TYPE_BAD_LENGTH' },
  })

/** A list whose length has both ends. */
export const listOf = <T extends z.ZodType>(item: T, min: number, max: number) =>
  z.array(item).refine((list) => list.length >= min && list.length <= max, {
    error: `Must be between ${min} and ${max} in length.`,
    params: { code: 'BASE_TYPE_BAD_LENGTH' },
  })

export const snowflake = z.string().refine(isSnowflake, {
  error: 'Value is not snowflake.',
  params: { code: 'NUMBER_TYPE_COERCE' },
})

/** A permission set: a decimal string, or a number as older clients send it. */
export const permissionBits = z
  .union([z.string().regex(/^\d+$/), z.number().int().nonnegative()])
  .transform((value) => String(value))

/** A whole number in a query string. */
export const queryInteger = (low: number, high: number, fallback: number) =>
  z.coerce.number().int().min(low).max(high).default(fallback)

/** A boolean in a query string: https://docs.discord.com/developers/reference#boolean-query-strings */
export const queryBoolean = z
  .string()
  .refine((text) => /^(?:true|True|1|false|False|0)$/.test(text), {
    error: 'Must be either true or false.',
    params: { code: 'BOOLEAN_TYPE_CONVERT' },
  })
  .transform((text) => /^(?:true|True|1)$/.test(text))

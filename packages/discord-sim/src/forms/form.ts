import { z } from 'zod'
import { isSnowflake } from '../snowflake.ts'
import { DiscordError, invalidForm } from '../discord-error.ts'

/** Parses a body or query by a schema; failures become Discord's 50035 with its error tree. */
export function parseForm<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  if (input === null || input === undefined) input = {}
  if (typeof input !== 'object') throw new DiscordError(400, 50109, 'The request body contains invalid JSON.')
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  throw invalidForm(
    parsed.error.issues.map((issue) => ({ path: issue.path.map(String), ...describe(issue) })),
  )
}

function describe(issue: z.core.$ZodIssue): { code: string; message: string } {
  if (issue.code === 'invalid_type' && issue.input === undefined) {
    return { code: 'BASE_TYPE_REQUIRED', message: 'This field is required' }
  }
  if (issue.code === 'too_big' && issue.origin === 'string') {
    return { code: 'BASE_TYPE_MAX_LENGTH', message: `Must be ${issue.maximum} or fewer in length.` }
  }
  if (issue.code === 'too_big') {
    const code = issue.origin === 'array' ? 'BASE_TYPE_MAX_LENGTH' : 'NUMBER_TYPE_MAX'
    return { code, message: `Must be less than or equal to ${issue.maximum}.` }
  }
  if (issue.code === 'too_small') {
    const code = issue.origin === 'number' ? 'NUMBER_TYPE_MIN' : 'BASE_TYPE_MIN_LENGTH'
    return { code, message: `Must be at least ${issue.minimum}.` }
  }
  if (issue.code === 'invalid_value') {
    return { code: 'BASE_TYPE_CHOICES', message: `Value must be one of {${issue.values.join(', ')}}.` }
  }
  if (issue.code === 'custom') {
    const code = typeof issue.params?.code === 'string' ? issue.params.code : 'BASE_TYPE_INVALID'
    return { code, message: issue.message }
  }
  return { code: 'BASE_TYPE_INVALID', message: issue.message }
}

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

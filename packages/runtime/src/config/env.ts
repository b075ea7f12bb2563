import { z } from 'zod'
import { secretSchemas } from './config-variable.ts'
import { Secret } from './secret.ts'

interface Range {
  readonly min?: number
  readonly max?: number
}

/** Schemas of environment variables: each reads a string and states its default. Describe them with `.describe()`. */
export const env = {
  /** Any text. */
  text: (fallback?: string) => withDefault(z.string(), fallback),

  /** One of a few words. */
  choice: <const T extends readonly [string, ...string[]]>(words: T, fallback?: T[number]) => {
    const schema: z.ZodType<T[number]> = z.enum(words, { error: `must be one of ${words.join(', ')}` })
    return withDefault(schema, fallback)
  },

  /** A whole number. */
  int: (fallback?: number, range: Range = {}) => withDefault(wholeNumber(range), fallback),

  /** A TCP port; 0 lets the system choose one. */
  port: (fallback?: number) => withDefault(wholeNumber({ min: 0, max: 65_535 }), fallback),

  /** true/false, 1/0, yes/no, on/off. */
  boolean: (fallback?: boolean) => withDefault(booleanWord, fallback),

  /** An absolute URL. */
  url: (fallback?: string) => withDefault(absoluteUrl, fallback),

  /** Texts with commas between them; blanks around them do not count. */
  csv: (fallback?: readonly string[]) => withDefault(commaSeparated, fallback && [...fallback]),

  /** A text that is never shown, of at least `minLength` characters. Also read from the file that `<NAME>_FILE` names. */
  secret: (minLength = 1) => {
    const text = z.string().min(minLength, `must have at least ${minLength} characters`)
    // On the inner schema: a described or optional copy of the outer one is another object, and keeps the inner.
    secretSchemas.add(text, { secret: true })
    return text.transform((value) => new Secret(value))
  },
}

const booleanWord = z
  .string()
  .transform((word) => word.toLowerCase())
  .pipe(
    z.enum(['true', '1', 'yes', 'on', 'false', '0', 'no', 'off'], {
      error: 'must be true or false',
    }),
  )
  .transform((word) => ['true', '1', 'yes', 'on'].includes(word))

const absoluteUrl = z.string().refine((text) => URL.canParse(text), 'must be an absolute URL')

const commaSeparated = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
)

function wholeNumber({ min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }: Range) {
  return z
    .string()
    .regex(/^-?[0-9]+$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min, `must be at least ${min}`)
    .refine((value) => value <= max, `must be at most ${max}`)
}

type DefaultOf<T> = z.core.util.NoUndefined<T>

function withDefault<T>(schema: z.ZodType<T>, fallback: DefaultOf<T> | undefined): z.ZodType<T> {
  return fallback === undefined ? schema : schema.default(() => fallback)
}

import { z } from 'zod'

/** Discord's limit. Source: https://discord.com/developers/docs/components/reference#anatomy-of-a-component */
const longestCustomId = 100
const separator = '|'

/** Writes and reads the custom ids of one kind: `<prefix>|<field>|<field>…`. */
export interface CustomIdCodec<Fields extends z.core.$ZodShape> {
  readonly prefix: string
  /** @throws Error if a value holds the separator or the id grows past 100 characters */
  encode(values: Readonly<Record<keyof Fields & string, string | number>>): string
  /** `null` if the id is of another kind or its fields do not parse. */
  decode(customId: string): z.output<z.ZodObject<Fields>> | null
}

/**
 * The one place where custom ids are put together and taken apart. Fields are written in the order in which they are
 * stated here; each schema parses from a string.
 */
export function customIdCodec<Fields extends z.core.$ZodShape>(
  prefix: string,
  fields: Fields,
): CustomIdCodec<Fields> {
  const names = Object.keys(fields)
  const schema = z.object(fields)
  return {
    prefix,
    encode(values) {
      const given = new Map<string, unknown>(Object.entries(values))
      const parts = [prefix, ...names.map((name) => String(given.get(name)))]
      const customId = parts.join(separator)
      if (parts.some((part) => part.includes(separator))) {
        throw new Error(`a value of a custom id may not hold ${separator}: ${customId}`)
      }
      if (customId.length > longestCustomId) {
        throw new Error(`a custom id may have ${longestCustomId} characters: ${customId}`)
      }
      return customId
    },
    decode(customId) {
      const [found, ...values] = customId.split(separator)
      if (found !== prefix || values.length !== names.length) return null
      const parsed = schema.safeParse(Object.fromEntries(names.map((name, index) => [name, values[index]])))
      return parsed.success ? parsed.data : null
    },
  }
}

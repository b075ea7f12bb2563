/** A JSON Schema as Discord's OpenAPI description uses it. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  const?: unknown
  oneOf?: Schema[]
  anyOf?: Schema[]
  allOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
}

/** One thing that is wrong with a body: a copy of a good one with one value exchanged. */
export interface Violation {
  /** Field names and indexes down to the value. */
  path: string[]
  what: string
  body: unknown
}

/** Lengths that nobody means: the description has such numbers where Discord states no limit. */
const meaninglessLengths = new Set([1521, 152_133])
/** Longer texts are not worth sending. */
const longestText = 20_000

/** Bodies that each break one limit of the schema, made from one that keeps all of them. */
export class RequestViolations {
  readonly #schemas: Record<string, Schema>

  constructor(schemas: Record<string, Schema>) {
    this.#schemas = schemas
  }

  of(schema: Schema, good: unknown): Violation[] {
    return [...this.#at(schema, good, [], (value) => value)]
  }

  *#at(
    given: Schema,
    good: unknown,
    path: string[],
    place: (value: unknown) => unknown,
  ): Generator<Violation> {
    const schema = this.#resolve(given, good)
    if (!schema) return
    const wrong = (what: string, value: unknown): Violation => ({ path, what, body: place(value) })
    const types = [schema.type ?? []].flat()
    const isRoot = path.length === 0
    if (types.includes('string') && !types.includes('integer') && !schema.enum) {
      yield wrong('an object for a text', { a: 1 })
      const { maxLength: max, minLength: min } = schema
      if (max !== undefined && max <= longestText && !meaninglessLengths.has(max)) {
        yield wrong(`${max + 1} characters`, 'x'.repeat(max + 1))
      }
      if (min !== undefined && min > 0) yield wrong('no characters', '')
    }
    if (types.includes('integer')) {
      yield wrong('an object for a number', { a: 1 })
      if (Number.isSafeInteger(schema.minimum)) yield wrong('less', Number(schema.minimum) - 1)
      if (Number.isSafeInteger(schema.maximum)) yield wrong('more', Number(schema.maximum) + 1)
      if (schema.enum) yield wrong('no choice', 9_999)
    }
    if (types.includes('boolean')) yield wrong('a text for a boolean', 'maybe')
    if (types.includes('array')) {
      if (!isRoot) yield wrong('a number for a list', 5)
      const items = Array.isArray(good) ? good : []
      const { maxItems: max } = schema
      if (max !== undefined && max <= 1_000 && items.length > 0) {
        yield wrong(
          `${max + 1} items`,
          Array.from({ length: max + 1 }, () => items[0] as unknown),
        )
      }
      if (schema.minItems) yield wrong('no items', [])
      const [first] = items
      if (schema.items && first !== undefined) {
        yield* this.#at(schema.items, first, [...path, '0'], (value) => place([value, ...items.slice(1)]))
      }
    }
    if (schema.properties) yield* this.#inObject(schema, good, path, place)
  }

  *#inObject(
    schema: Schema,
    good: unknown,
    path: string[],
    place: (value: unknown) => unknown,
  ): Generator<Violation> {
    const object = (typeof good === 'object' && good !== null ? good : {}) as Record<string, unknown>
    for (const name of schema.required ?? []) {
      if (!(name in object)) continue
      const { [name]: _left, ...rest } = object
      yield { path: [...path, name], what: 'left out', body: place(rest) }
    }
    for (const [name, inner] of Object.entries(schema.properties ?? {})) {
      yield* this.#at(inner, object[name], [...path, name], (value) => place({ ...object, [name]: value }))
    }
  }

  /** The schema that the good value follows, without references and without null. */
  #resolve(schema: Schema, good: unknown): Schema | null {
    if (schema.$ref) {
      const found = this.#schemas[schema.$ref.split('/').at(-1) ?? '']
      return found ? this.#resolve(found, good) : null
    }
    const choices = schema.oneOf ?? schema.anyOf
    if (!choices) return schema
    const open = choices.filter((choice) => choice.type !== 'null' && choice.const === undefined)
    if (choices.some((choice) => choice.const !== undefined)) {
      return { type: schema.type ?? 'integer', enum: choices.map((choice) => choice.const) }
    }
    if (open.length === 1 && open[0]) return this.#resolve(open[0], good)
    const type = typeof good === 'object' && good !== null && 'type' in good ? good.type : undefined
    const fitting = open.find((choice) => {
      const resolved = this.#resolve(choice, good)
      return resolved?.properties?.type?.enum?.includes(type) ?? false
    })
    return fitting ? this.#resolve(fitting, good) : null
  }
}

import { z } from 'zod'

/** One environment variable, as a configuration schema describes it. */
export interface ConfigVariable {
  readonly name: string
  readonly description: string
  /** The default as it would be written in the environment; `null` if there is none. */
  readonly default: string | null
  readonly required: boolean
  /** Also read from the file that `<name>_FILE` names. */
  readonly secret: boolean
}

/** Marks the schemas of secrets. */
export const secretSchemas = z.registry<{ secret: true }>()

/** Rows of a configuration schema, for `.env.example`, the documentation and the check of the manifests. */
export function describeConfig(schema: z.ZodObject): ConfigVariable[] {
  return Object.entries(schema.shape).map(([name, field]) => describeVariable(name, field))
}

/** Reads what stands in the wrappers (`default`, `optional`, …) of a schema: they do not inherit its metadata. */
function describeVariable(name: string, field: z.core.$ZodType): ConfigVariable {
  let description = ''
  let fallback: string | null = null
  let required = true
  let secret = false
  let current: z.ZodType | undefined = field instanceof z.ZodType ? field : undefined
  while (current) {
    description ||= z.globalRegistry.get(current)?.description ?? ''
    secret ||= secretSchemas.has(current)
    const { def }: { def: z.core.$ZodTypeDef } = current
    if (isDefault(def)) fallback ??= textOf(def.defaultValue)
    if (def.type === 'default' || def.type === 'prefault' || def.type === 'optional') required = false
    current = innerOf(def)
  }
  return { name, description, default: fallback, required, secret }
}

function isDefault(def: z.core.$ZodTypeDef): def is z.core.$ZodDefaultDef {
  return def.type === 'default' || def.type === 'prefault'
}

function innerOf(def: z.core.$ZodTypeDef): z.ZodType | undefined {
  if ('innerType' in def && def.innerType instanceof z.ZodType) return def.innerType
  if ('in' in def && def.in instanceof z.ZodType) return def.in
  return undefined
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value)
}

import type { AnyRouter } from '@trpc/server'
import { z } from 'zod'
import type { ProcedureMeta } from './procedure-meta.ts'

/** One procedure, as a client and the wire snapshot see it. */
export interface ProcedureDescription {
  readonly type: 'query' | 'mutation' | 'subscription'
  readonly meta: ProcedureMeta
  readonly inputs: readonly z.ZodType[]
  /** Schema of the answer, or of a subscription's events. */
  readonly output: z.ZodType
}

/** Every procedure of a router, by its path (`assignments.lookup`). */
export function describeProcedures(router: AnyRouter): ReadonlyMap<string, ProcedureDescription> {
  const described = new Map<string, ProcedureDescription>()
  const procedures: Record<string, { _def: unknown }> = router._def.procedures
  for (const [path, procedure] of Object.entries(procedures)) {
    const definition = ProcedureDefinition.parse(procedure._def)
    const output = definition.output ?? definition.meta.event
    if (!output) throw new Error(`procedure ${path} states neither an output nor an event schema`)
    described.set(path, {
      type: definition.type,
      meta: definition.meta,
      inputs: definition.inputs,
      output,
    })
  }
  return described
}

const Schema = z.custom<z.ZodType>((value) => value instanceof z.core.$ZodType)

/** What tRPC keeps of a procedure (its `_def`), checked rather than assumed. */
const ProcedureDefinition = z.object({
  type: z.enum(['query', 'mutation', 'subscription']),
  meta: z.custom<ProcedureMeta>((value) => typeof value === 'object' && value !== null && 'callers' in value),
  inputs: z.array(Schema),
  output: Schema.optional(),
})

import { z } from 'zod'
import { SimError } from '../discord-error.ts'

/** One verb of the control API: its input is checked, its output is plain JSON. */
export interface Operation<In, Out> {
  (input: In): Promise<Out>
}

/** Makes an operation from a schema and the work; a wrong input fails with what is wrong with it. */
export function operation<S extends z.ZodType, Out>(
  schema: S,
  run: (input: z.output<S>) => Out | Promise<Out>,
): Operation<z.input<S>, Out> {
  return async (input) => {
    const parsed = schema.safeParse(input ?? {})
    if (!parsed.success) throw new SimError(z.prettifyError(parsed.error))
    return run(parsed.data)
  }
}

/** An operation that takes nothing. */
export function query<Out>(run: () => Out | Promise<Out>): () => Promise<Out> {
  return async () => run()
}

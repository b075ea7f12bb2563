import { z } from 'zod'

/** The answer of a procedure that has nothing else to tell. */
export const Done = z.object({ done: z.literal(true) })
export type Done = z.infer<typeof Done>

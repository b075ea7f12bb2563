import { z } from 'zod'
import type { LoadGenerator } from '../load-generator.ts'
import { operation, query } from '../operation.ts'

const trafficFields = {
  guildIds: z.array(z.string()).optional(),
  skew: z.number().nonnegative().optional(),
  seed: z.union([z.string(), z.number()]).optional(),
  mix: z
    .object({
      reactions: z.number().min(0).max(1).default(0.12),
      edits: z.number().min(0).max(1).default(0.04),
      deletes: z.number().min(0).max(1).default(0.02),
    })
    .optional(),
}

/** The seeded traffic of the simulated people. */
export function loadOperations(load: LoadGenerator) {
  return {
    startLoad: operation(
      z.object({
        ...trafficFields,
        rate: z.number().positive(),
        total: z.number().int().positive().optional(),
      }),
      (input) => load.start(input),
    ),
    stopLoad: query(() => load.stop()),
    loadStatus: query(() => load.status()),
    /** That many events at once. */
    burst: operation(
      z.object({ ...trafficFields, count: z.number().int().positive() }),
      ({ count, ...input }) => load.burst(count, input),
    ),
  }
}

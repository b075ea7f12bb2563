import { z } from 'zod'
import { chaosKinds } from '../../chaos/chaos.ts'
import type { Chaos, ChaosKindName } from '../../chaos/chaos.ts'
import { operation, query } from '../operation.ts'

const names = Object.keys(chaosKinds) as [ChaosKindName, ...ChaosKindName[]]

/** Everything at random from a seed. */
export function chaosOperations(chaos: Chaos) {
  return {
    startChaos: operation(
      z.object({
        seed: z.union([z.string(), z.number()]).optional(),
        everyMs: z.number().int().positive().optional(),
        groups: z.array(z.enum(['gateway', 'rest', 'people'])).optional(),
        kinds: z.array(z.enum(names)).optional(),
        losesEvents: z.boolean().optional(),
      }),
      (input) => chaos.start(input),
    ),
    stopChaos: query(() => chaos.stop()),
    chaosStatus: query(() => chaos.status()),
  }
}

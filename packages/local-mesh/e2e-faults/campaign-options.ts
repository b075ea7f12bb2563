import { z } from 'zod'
import { type FaultName, faultNames } from './fault-plan.ts'

export interface CampaignOptions {
  readonly faults: readonly FaultName[]
  readonly seconds: number
  /** About so long after a fault comes the next one. */
  readonly everyMs: number
  /** Events a second, over all guilds. */
  readonly rate: number
  readonly guilds: number
  readonly seed: number
  /** Whether Discord meanwhile does everything that its documentation allows, at random from the seed. */
  readonly chaos: boolean
}

const wholeNumber = (min: number, max: number, otherwise: number) =>
  z
    .string()
    .regex(/^[0-9]+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .default(otherwise)

const variables = z.object({
  FAULTS: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(z.enum(faultNames, { error: `must name faults out of ${faultNames.join(', ')}` })).min(1))
    .default([...faultNames]),
  SECONDS: wholeNumber(10, 86_400, 120),
  FAULT_EVERY_MS: wholeNumber(500, 3_600_000, 11_500),
  RATE: wholeNumber(1, 20_000, 1000),
  GUILDS: wholeNumber(3, 10_000, 100),
  SEED: wholeNumber(0, 2 ** 31, 1),
  CHAOS: z.enum(['true', 'false'], { error: 'must be true or false' }).default('false'),
})

/**
 * Reads what campaign to run: `FAULTS` (names with commas), `FAULT_EVERY_MS`, `SECONDS`, `RATE`, `GUILDS`,
 * `SEED`, `CHAOS`.
 * @throws Error that names every variable that cannot be used
 */
export function readCampaignOptions(environment: NodeJS.ProcessEnv): CampaignOptions {
  const parsed = variables.safeParse(environment)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path[0]?.toString()} ${issue.message}`)
    throw new Error(`This campaign cannot be run: ${problems.join('; ')}.`)
  }
  const { FAULTS, SECONDS, FAULT_EVERY_MS, RATE, GUILDS, SEED, CHAOS } = parsed.data
  return {
    faults: FAULTS,
    seconds: SECONDS,
    everyMs: FAULT_EVERY_MS,
    rate: RATE,
    guilds: GUILDS,
    seed: SEED,
    chaos: CHAOS === 'true',
  }
}

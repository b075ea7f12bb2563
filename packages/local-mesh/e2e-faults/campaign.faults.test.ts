import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { runCampaign } from './campaign.ts'
import { readCampaignOptions } from './campaign-options.ts'

const options = readCampaignOptions(process.env)
const report = fileURLToPath(new URL('../reports/faults-campaign.json', import.meta.url))

test(
  `I3, I8, I14: ${options.seconds} s at ${options.rate} events/s over ${options.guilds} guilds with ${options.faults.join(', ')} (seed ${options.seed}) lose, double and reorder nothing`,
  { timeout: options.seconds * 1000 + 300_000 },
  async () => {
    const result = await runCampaign('faults', options)
    mkdirSync(fileURLToPath(new URL('../reports', import.meta.url)), { recursive: true })
    writeFileSync(report, `${JSON.stringify(result, null, 2)}\n`)
    process.stdout.write(`${summary(result)}\n`)
    expect(result.verdict).toEqual({
      sent: result.verdict.sent,
      missing: 0,
      duplicated: 0,
      outOfOrder: 0,
      problems: [],
    })
    expect(result.figures.produced).toBe(options.rate * options.seconds)
    expect(new Set(result.faults.map(({ fault }) => fault))).toEqual(new Set(options.faults))
  },
)

/** For people who read the log of a run. */
function summary({ verdict, figures, faults }: Awaited<ReturnType<typeof runCampaign>>): string {
  return [
    ...faults.map(
      ({ atMs, hit, awayMs }) => `${(atMs / 1000).toFixed(1).padStart(6)} s  ${hit}; ${awayMs} ms away`,
    ),
    `${figures.produced} made in ${figures.producedInMs} ms, ${verdict.sent} sent; settled ${figures.settledInMs} ms later`,
    `${verdict.missing} missing, ${verdict.duplicated} duplicated, ${verdict.outOfOrder} out of order`,
    `${figures.identifies} IDENTIFYs, ${figures.resumes} RESUMEs`,
    ...Object.entries(figures.chaos).map(([kind, times]) => `Discord: ${kind} × ${times}`),
  ].join('\n')
}

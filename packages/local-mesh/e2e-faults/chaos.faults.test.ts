import { expect, test } from 'vitest'
import { runCampaign } from './campaign.ts'

const seconds = 40
const rate = 300
const seed = Number(process.env['SEED'] ?? 1)

test(
  `I3, I8: ${seconds} s in which Discord does what its documentation allows, at random (seed ${seed}), cost nothing`,
  { timeout: seconds * 1000 + 300_000 },
  async () => {
    const result = await runCampaign('chaos', {
      faults: ['kill-owner', 'drop-tcp'],
      seconds,
      everyMs: 15_000,
      rate,
      guilds: 24,
      seed,
      chaos: true,
    })
    process.stdout.write(`${JSON.stringify(result.figures, null, 2)}\n`)
    expect(result.verdict).toMatchObject({ missing: 0, duplicated: 0, outOfOrder: 0, problems: [] })
    expect(Object.keys(result.figures.chaos).length).toBeGreaterThan(5)
  },
)

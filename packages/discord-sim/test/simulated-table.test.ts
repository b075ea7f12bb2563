import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { controlVerbs, simulatedTable, withTable } from '../packaging/simulated-table.ts'
import { startFast } from './sim-fixture.ts'

test('the README tells what is simulated as the code has it: npm run docs:simulated writes it', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  expect(readme).toBe(withTable(readme, await simulatedTable()))
})

test('the table misses no verb of the control API', async () => {
  await using sim = await startFast({ guilds: 1 })
  expect(Object.values(controlVerbs()).flat().toSorted()).toEqual(Object.keys(sim.control).toSorted())
})

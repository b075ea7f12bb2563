import { expect, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { CommandDeployer } from './command-deployer.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }
const setup = { name: 'setup', description: 'Sets the bot up' }

test('commands are deployed although Discord does not answer at first, and once only', async () => {
  let reads = 0
  const written: unknown[] = []
  const deployer = new CommandDeployer({
    api: {
      async read() {
        reads += 1
        if (reads === 1) throw new Error('Discord is away')
        return []
      },
      overwrite: async (commands) => void written.push(commands),
    },
    commands: [setup],
    log,
    signal: new AbortController().signal,
  })
  deployer.start()
  deployer.start()
  await eventually(() => written.length > 0)
  expect(written).toEqual([[setup]])
  expect(reads).toBe(2)
})

test('a gateway that ends stops trying', async () => {
  const ending = new AbortController()
  let reads = 0
  const deployer = new CommandDeployer({
    api: {
      async read() {
        reads += 1
        ending.abort()
        throw new Error('Discord is away')
      },
      overwrite: async () => {},
    },
    commands: [setup],
    log,
    signal: ending.signal,
  })
  deployer.start()
  await eventually(() => reads === 1)
  deployer.start()
  expect(reads).toBe(1)
})

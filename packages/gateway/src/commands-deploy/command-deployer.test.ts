import { ManualTime } from '@guildmesh/runtime/testing'
import { expect, test } from 'vitest'
import { CommandDeployer } from './command-deployer.ts'
import { CommandsLimited } from './deploy-commands.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }
const setup = { name: 'setup', description: 'Sets the bot up' }

/** A deployer to a Discord that does not answer so many times, and is limited at so many writes. */
function setUp(failures: number, limited = 0) {
  const timers = new ManualTime()
  const ending = new AbortController()
  const world = { reads: 0, written: new Array<unknown>() }
  let limits = limited
  const deployer = new CommandDeployer({
    api: {
      async read() {
        world.reads += 1
        if (world.reads <= failures) throw new Error('Discord is away')
        return []
      },
      async overwrite(commands) {
        limits -= 1
        if (limits >= 0) throw new CommandsLimited(86_400_000)
        world.written.push(commands)
      },
    },
    commands: [setup],
    log,
    signal: ending.signal,
    timers,
  })
  return { timers, ending, world, deployer }
}

test('commands are deployed although Discord does not answer at first, and once only', async () => {
  const { timers, world, deployer } = setUp(1)
  deployer.start()
  deployer.start()
  await timers.advance(60_000)
  expect(world).toEqual({ reads: 2, written: [[setup]] })
})

test('where Discord takes no new commands for a day, the next attempt is after that day', async () => {
  const { timers, world, deployer } = setUp(0, 1)
  deployer.start()
  await timers.advance(86_399_000)
  expect(world).toEqual({ reads: 1, written: [] })
  await timers.advance(2000)
  expect(world).toEqual({ reads: 2, written: [[setup]] })
})

test('a gateway that ends stops trying', async () => {
  const { timers, ending, world, deployer } = setUp(Infinity)
  deployer.start()
  await timers.advance()
  ending.abort()
  deployer.start()
  await timers.advance(600_000)
  expect(world).toEqual({ reads: 1, written: [] })
})

import { expect, test } from 'vitest'
import { readCommandLine } from './command-line.ts'

test('the documented options reach the simulator', () => {
  const line = readCommandLine([
    '--port',
    '0',
    '--seed',
    'x',
    '--guilds',
    '7',
    '--rate',
    '2.5',
    '--strict',
    '--no-rate-limits',
    '--heartbeat-ms=5000',
    '--trim-on-heartbeat',
  ])
  expect(line).toMatchObject({
    kind: 'run',
    options: {
      port: 0,
      seed: 'x',
      guilds: 7,
      rate: 2.5,
      strict: true,
      rateLimits: { enforced: false },
      heartbeatIntervalMs: 5000,
      replay: { trimOnHeartbeat: true },
    },
  })
})

test.each([
  [['--guilds', 'many'], '--guilds takes a number, not "many"'],
  [['--app-id', '12'], '--app-id takes 17 to 19 digits, not "12"'],
  [['--interactions-url', 'nowhere'], '--interactions-url "nowhere" is not a URL'],
  [['--gilds', '3'], "Unknown option '--gilds'"],
])('%j is a mistake that is named', (args, message) => {
  expect(readCommandLine(args)).toMatchObject({ kind: 'mistake', message: expect.stringContaining(message) })
})

test('help is asked for, not an error', () => {
  expect(readCommandLine(['--help'])).toEqual({ kind: 'help' })
})

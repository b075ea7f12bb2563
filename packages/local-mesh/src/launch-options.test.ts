import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parseLaunch } from './launch-options.ts'

const discord = {
  DISCORD_TOKEN: 't',
  DISCORD_APP_ID: '1',
  DISCORD_PUBLIC_KEY: 'k',
  DISCORD_CLIENT_SECRET: 's',
}

/** Any file that exists. */
const someFile = fileURLToPath(import.meta.url)

describe('options of npm start', () => {
  test('nothing given runs three gateways against a small simulated Discord', () => {
    expect(parseLaunch([], {})).toEqual({
      kind: 'run',
      options: {
        discord: { kind: 'simulator', guilds: 30, rate: 5, seed: 1 },
        gateways: 3,
        mount: [],
        fresh: false,
        stateDir: null,
        verbosity: 'normal',
        databaseUrl: null,
      },
    })
  })

  test('everything can be given', () => {
    const args = [
      '--guilds',
      '100',
      '--rate=0',
      '--seed',
      '7',
      '--gateways',
      '5',
      '--mount',
      someFile,
      `--mount=${someFile}`,
      '--fresh',
      '--state',
      '/tmp/mesh',
      '--quiet',
    ]
    expect(parseLaunch(args, { DATABASE_URL: 'postgresql://db/x' })).toEqual({
      kind: 'run',
      options: {
        discord: { kind: 'simulator', guilds: 100, rate: 0, seed: 7 },
        gateways: 5,
        mount: [someFile, someFile],
        fresh: true,
        stateDir: '/tmp/mesh',
        verbosity: 'quiet',
        databaseUrl: 'postgresql://db/x',
      },
    })
  })

  test('a token of Discord takes the place of the simulator', () => {
    const parsed = parseLaunch([], discord)
    expect(parsed).toMatchObject({ options: { discord: { kind: 'discord', token: 't', appId: '1' } } })
  })

  test('all problems are reported at once', () => {
    const parsed = parseLaunch(['--guilds', 'many', '--gateways', '0', '--quiet', '--verbose'], {
      DISCORD_TOKEN: 't',
      DISCORD_APP_ID: '1',
    })
    expect(parsed).toEqual({
      kind: 'wrong',
      problems: [
        '--guilds must be a whole number from 1 to 10000, not "many"',
        '--gateways must be a whole number from 1 to 10, not "0"',
        'use either --quiet or --verbose, not both',
        'DISCORD_TOKEN is set, so DISCORD_PUBLIC_KEY must be set too',
        'DISCORD_TOKEN is set, so DISCORD_CLIENT_SECRET must be set too',
      ],
    })
  })

  test('a bot that is not there is named before anything starts', () => {
    expect(parseLaunch(['--mount', '/nowhere/bot.js'], {})).toEqual({
      kind: 'wrong',
      problems: ['--mount: there is no file /nowhere/bot.js'],
    })
  })

  test('an option that does not exist is named', () => {
    expect(parseLaunch(['--gilds', '3'], {})).toMatchObject({
      kind: 'wrong',
      problems: [expect.stringContaining('--gilds')],
    })
  })

  test('help wins', () => {
    expect(parseLaunch(['--help', '--guilds', '3'], {})).toEqual({ kind: 'help' })
  })
})

import { ConfigError } from '@guildmesh/runtime'
import { describe, expect, test } from 'vitest'
import { readEdgeConfig } from './config.ts'

const good = {
  MESH_JOIN_SECRET: 'a join secret that is long enough for tests',
  PUBLIC_URL: 'https://bot.example',
  CONFIG_SERVICE_URL: 'http://config-service:3001',
  DISCORD_PUBLIC_KEY: 'ab'.repeat(32),
  DISCORD_APP_ID: '800000000000000001',
  DISCORD_CLIENT_SECRET: 'client-secret',
  SESSION_SECRET: 'a session secret that is long enough for tests',
}

function problemsOf(environment: NodeJS.ProcessEnv): string[] {
  try {
    readEdgeConfig(environment)
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.problems.map(({ variable }) => variable).toSorted()
  }
}

test('names Discord itself if nothing else is set', () => {
  const config = readEdgeConfig(good)
  expect(config).toMatchObject({
    PORT: 3000,
    applicationId: '800000000000000001',
    configUrls: ['ws://config-service:3001'],
    discordApiUrl: 'https://discord.com/api/v10',
    discordAuthorizeUrl: 'https://discord.com/oauth2/authorize',
    ADMIN_USER_IDS: [],
    TRUST_PROXY: false,
  })
})

test('an empty environment is told with everything that it lacks, at once', () => {
  expect(problemsOf({})).toEqual(Object.keys(good).toSorted())
})

test('bad variables are told all at once too, without their values', () => {
  const bad = {
    ...good,
    PORT: '70000',
    PUBLIC_URL: 'http://bot.example',
    CONFIG_SERVICE_URL: 'http://config-service:3001/path',
    DISCORD_PUBLIC_KEY: 'abc',
    DISCORD_APP_ID: 'my-app',
    DISCORD_API_URL: 'http://discord.example/api',
    SESSION_SECRET: 'short-secret',
    ADMIN_USER_IDS: '123,abc',
    TRUST_PROXY: 'yes please',
  }
  const variables = Object.keys(bad).filter(
    (name) => !(name in good) || bad[name as keyof typeof bad] !== good[name as keyof typeof good],
  )
  expect(problemsOf(bad)).toEqual(variables.toSorted())
  expect(() => readEdgeConfig(bad)).toThrow(
    expect.not.objectContaining({ message: expect.stringContaining('short-secret') }),
  )
})

test('the application has two names', () => {
  const { DISCORD_APP_ID, ...others } = good
  expect(readEdgeConfig({ ...others, DISCORD_CLIENT_ID: DISCORD_APP_ID }).applicationId).toBe(DISCORD_APP_ID)
  expect(problemsOf(others)).toEqual(['DISCORD_APP_ID'])
})

test('a simulator of Discord is called at its own address, with and without a version', () => {
  for (const url of [
    'http://127.0.0.1:4000/api',
    'http://127.0.0.1:4000/api/',
    'http://127.0.0.1:4000/api/v9',
  ]) {
    expect(readEdgeConfig({ ...good, DISCORD_API_URL: url })).toMatchObject({
      discordApiUrl: 'http://127.0.0.1:4000/api/v10',
      discordAuthorizeUrl: 'http://127.0.0.1:4000/oauth2/authorize',
    })
  }
  const consent = 'http://localhost:4000/consent'
  expect(readEdgeConfig({ ...good, DISCORD_OAUTH_URL: consent }).discordAuthorizeUrl).toBe(consent)
})

describe('plain http is for this machine only', () => {
  test.each(['http://localhost:3000', 'http://127.0.0.1:3000', 'http://[::1]:3000', 'https://bot.example'])(
    '%s',
    (url) => {
      expect(problemsOf({ ...good, PUBLIC_URL: url })).toEqual([])
    },
  )
  test.each([
    'http://bot.example',
    'http://localhost.evil.example',
    'http://10.0.0.1',
    'ftp://localhost',
    'localhost',
  ])('not %s', (url) => {
    expect(problemsOf({ ...good, PUBLIC_URL: url })).toEqual(['PUBLIC_URL'])
  })
})

test('several config APIs, people and proxies are read as such', () => {
  const config = readEdgeConfig({
    ...good,
    CONFIG_SERVICE_URL: 'http://a:3001, https://b',
    ADMIN_USER_IDS: '700000000000000001, 700000000000000002',
    TRUST_PROXY: '2',
  })
  expect(config.configUrls).toEqual(['ws://a:3001', 'wss://b'])
  expect(config.ADMIN_USER_IDS).toEqual(['700000000000000001', '700000000000000002'])
  expect(config.TRUST_PROXY).toBe(2)
  expect(readEdgeConfig({ ...good, TRUST_PROXY: '10.0.0.0/8, ::1' }).TRUST_PROXY).toBe('10.0.0.0/8, ::1')
})

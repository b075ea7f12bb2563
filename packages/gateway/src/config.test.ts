import { ConfigError } from '@guildmesh/runtime'
import { expect, test } from 'vitest'
import { readGatewayConfig } from './config.ts'

const complete = {
  MESH_JOIN_SECRET: 'x'.repeat(32),
  CONFIG_SERVICE_URL: 'http://config-service:3001',
  DISCORD_TOKEN: 'token',
  DISCORD_APP_ID: '100000000000000001',
  POD_NAME: 'gateway-2',
}

function problemsOf(environment: NodeJS.ProcessEnv): string[] {
  try {
    readGatewayConfig(environment)
    return []
  } catch (error) {
    return error instanceof ConfigError ? error.problems.map(({ variable }) => variable) : ['another error']
  }
}

test('a StatefulSet pod needs no more than its name, the mesh and Discord', () => {
  const config = readGatewayConfig(complete)
  expect(config).toMatchObject({
    gatewayId: 'gateway-2',
    configUrls: ['ws://config-service:3001'],
    advertisedAddress: 'ws://gateway-2.gateway-internal:3000',
    GATEWAY_CAPACITY: 1000,
    PORT: 3000,
    requestedGuilds: [],
  })
})

test('POD_ORDINAL counts before the name, and POD_ID is its alias', () => {
  expect(readGatewayConfig({ ...complete, POD_ORDINAL: '7' }).gatewayId).toBe('gateway-7')
  expect(readGatewayConfig({ ...complete, POD_ID: '8' }).gatewayId).toBe('gateway-8')
  expect(problemsOf({ ...complete, POD_ID: '8', POD_ORDINAL: '7' })).toEqual(['POD_ID'])
})

test('several replicas of the config API, by any of the four schemes', () => {
  const urls = 'http://a:1, https://b:2,ws://c:3,wss://d:4/'
  expect(readGatewayConfig({ ...complete, CONFIG_SERVICE_URL: urls }).configUrls).toEqual([
    'ws://a:1',
    'wss://b:2',
    'ws://c:3',
    'wss://d:4',
  ])
})

test('the token is never shown', () => {
  const shown = JSON.stringify(readGatewayConfig({ ...complete, DISCORD_TOKEN: 'canary-token' }))
  expect(shown).not.toContain('canary-token')
})

test('every missing variable is named at once', () => {
  expect(problemsOf({})).toEqual(
    expect.arrayContaining(['MESH_JOIN_SECRET', 'CONFIG_SERVICE_URL', 'DISCORD_TOKEN', 'DISCORD_APP_ID']),
  )
})

test('every bad variable is named at once', () => {
  const bad = {
    ...complete,
    POD_NAME: 'somewhere',
    CONFIG_SERVICE_URL: 'ftp://x',
    ASSIGNED_GUILDS: '12,x',
    ADVERTISED_ADDRESS: 'ws://user@host:1/path',
    DISCORD_APP_ID: '12',
  }
  expect(new Set(problemsOf(bad))).toEqual(
    new Set(['POD_ORDINAL', 'CONFIG_SERVICE_URL', 'ASSIGNED_GUILDS', 'ADVERTISED_ADDRESS', 'DISCORD_APP_ID']),
  )
})

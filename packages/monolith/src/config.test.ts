import { ConfigError, describeConfig } from '@guildmesh/runtime'
import { describe, expect, it } from 'vitest'
import { monolithVariables, readMonolithConfig } from './config.ts'

const good = {
  PUBLIC_URL: 'https://bot.example',
  DISCORD_TOKEN: 'a-bot-token',
  DISCORD_APP_ID: '112233445566778899',
  DISCORD_PUBLIC_KEY: 'a'.repeat(64),
  DISCORD_CLIENT_SECRET: 'client-secret',
  SESSION_SECRET: 's'.repeat(32),
}

describe('the configuration of a monolith', () => {
  it('needs what Discord and the portal need, and nothing of the mesh', () => {
    const config = readMonolithConfig({
      ...good,
      GATEWAY_DB_PATH: '/data/bot.sqlite3',
      POD_NAME: 'monolith-0',
    })
    expect(config.gateway).toMatchObject({ gatewayId: 'gateway-0', HOST: '127.0.0.1', PORT: 0 })
    expect(config.edge).toMatchObject({ PORT: 3000, HOST: '0.0.0.0', OPS_PORT: 9090 })
    expect(config.postgresDataDir).toBe('/data/postgres')
    expect(config.own.DATABASE_URL).toBeUndefined()
    expect(config.gateway.MESH_JOIN_SECRET.reveal()).toBe(config.joinSecret.reveal())
    expect(readMonolithConfig(good).joinSecret.reveal()).not.toBe(config.joinSecret.reveal())
  })

  it('takes the secret that a mesh has, and the other name of the application id', () => {
    const { DISCORD_APP_ID: _, ...rest } = good
    const config = readMonolithConfig({
      ...rest,
      DISCORD_CLIENT_ID: '112233445566778899',
      MESH_JOIN_SECRET: 'j'.repeat(40),
    })
    expect(config.gateway.DISCORD_APP_ID).toBe('112233445566778899')
    expect(config.edge.MESH_JOIN_SECRET.reveal()).toBe('j'.repeat(40))
  })

  it('lists the problems of all parts at once, each once', () => {
    const problems = problemsOf({
      SERVICE_MODE: 'gateway',
      PORT: 'x',
      GATEWAY_CAPACITY: '0',
      DATABASE_MAX_CONNECTIONS: '1',
      ADMIN_USER_IDS: 'me',
    })
    expect(problems.toSorted()).toEqual([
      'ADMIN_USER_IDS',
      'DATABASE_MAX_CONNECTIONS',
      'DISCORD_APP_ID',
      'DISCORD_CLIENT_SECRET',
      'DISCORD_PUBLIC_KEY',
      'DISCORD_TOKEN',
      'GATEWAY_CAPACITY',
      'PORT',
      'PUBLIC_URL',
      'SERVICE_MODE',
      'SESSION_SECRET',
    ])
  })

  it('is described without the variables that it fixes itself', () => {
    const names = describeConfig(monolithVariables).map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining(['DATABASE_URL', 'POSTGRES_DATA_DIR', 'PUBLIC_URL', 'SERVICE_MODE']),
    )
    for (const fixed of ['POD_ORDINAL', 'POD_ID', 'CONFIG_SERVICE_URL', 'ADVERTISED_ADDRESS']) {
      expect(names).not.toContain(fixed)
    }
  })
})

function problemsOf(environment: NodeJS.ProcessEnv): string[] {
  try {
    readMonolithConfig(environment)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ variable }) => variable)
    throw error
  }
  return []
}

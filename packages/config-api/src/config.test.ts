import { ConfigError, describeConfig } from '@guildmesh/runtime'
import { expect, test } from 'vitest'
import { configSchema, readConfig } from './config.ts'

const least = { DATABASE_URL: 'postgresql://h/d', MESH_JOIN_SECRET: 'x'.repeat(32) }

test('only the database and the join secret must be set', () => {
  const required = describeConfig(configSchema).flatMap(({ name, required: must }) => (must ? [name] : []))
  expect(required.toSorted()).toEqual(Object.keys(least).toSorted())
  expect(readConfig(least)).toMatchObject({ PORT: 3001, IDENTIFY_DAILY_LIMIT: 1000 })
})

test('a process without a name gets one of its own', () => {
  expect(readConfig(least).POD_NAME).toMatch(/^config-[0-9a-f]{8}$/)
  expect(readConfig({ ...least, POD_NAME: 'config-service-7d9f-x2' }).POD_NAME).toBe('config-service-7d9f-x2')
})

test('the error names every problem at once, and no secret', () => {
  const broken = {
    ...least,
    PORT: 'http',
    POD_NAME: 'gateway-0',
    DATABASE_MAX_CONNECTIONS: '1',
    MESH_JOIN_SECRET: 'hush',
  }
  const error = problemsOf(() => readConfig(broken))
  expect(error.problems.map(({ variable }) => variable).toSorted()).toEqual(
    ['DATABASE_MAX_CONNECTIONS', 'MESH_JOIN_SECRET', 'PORT', 'POD_NAME'].toSorted(),
  )
  expect(error.message).not.toContain('hush')
})

function problemsOf(read: () => unknown): ConfigError {
  try {
    read()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('the configuration was accepted')
}

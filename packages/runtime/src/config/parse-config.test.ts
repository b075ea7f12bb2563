import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { commonConfig } from './common-config.ts'
import { ConfigError } from './config-error.ts'
import { describeConfig } from './config-variable.ts'
import { env } from './env.ts'
import { parseConfig } from './parse-config.ts'

const schema = z.object({
  ...commonConfig,
  PORT: env.port(3000).describe('Port of the service'),
  DATABASE_URL: env.secret().describe('Where PostgreSQL is'),
  PUBLIC_URL: env.url(),
  PEERS: env.csv([]).describe('Names of peers'),
  MODE: env.choice(['fast', 'safe']),
  STRICT: env.boolean(false),
  WORKERS: env.int(2, { min: 1, max: 8 }),
})

const good = {
  MESH_JOIN_SECRET: 'x'.repeat(32),
  DATABASE_URL: 'postgres://u:canary@h/db',
  PUBLIC_URL: 'https://bot.example',
  MODE: 'safe',
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guildmesh-config-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('a configuration', () => {
  it('reports every problem of a bad environment at once, and never a value', () => {
    const bad = {
      LOG_LEVEL: 'loud',
      OPS_PORT: '99999',
      MESH_JOIN_SECRET: 'too short',
      PORT: 'http',
      PUBLIC_URL: 'bot.example',
      MODE: 'quick',
      STRICT: 'maybe',
      WORKERS: '0',
    }
    const error = thrownBy(() => parseConfig(schema, bad))
    expect(error.problems.map(({ variable, problem }) => `${variable} ${problem}`).toSorted()).toEqual([
      'DATABASE_URL is required (Where PostgreSQL is)',
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent',
      'MESH_JOIN_SECRET must have at least 32 characters',
      'MODE must be one of fast, safe',
      'OPS_PORT must be at most 65535',
      'PORT must be a whole number',
      'PUBLIC_URL must be an absolute URL',
      'STRICT must be true or false',
      'WORKERS must be at least 1',
    ])
    expect(error.message).toContain('9 problems')
    expect(error.message).toContain('PORT: must be a whole number')
    expect(error.message).not.toContain('too short')
  })

  it('takes defaults if variables are unset or empty, and parses what is set', () => {
    const parsed = parseConfig(schema, {
      ...good,
      PORT: '',
      PEERS: ' a, b ,,c',
      STRICT: 'yes',
      OPS_PORT: '0',
    })
    expect(parsed).toMatchObject({
      PORT: 3000,
      OPS_PORT: 0,
      PEERS: ['a', 'b', 'c'],
      STRICT: true,
      WORKERS: 2,
    })
    expect(parsed.POD_NAME).toBeUndefined()
  })

  it('shows a secret nowhere but in reveal()', () => {
    const { DATABASE_URL: secret } = parseConfig(schema, good)
    expect(secret.reveal()).toBe('postgres://u:canary@h/db')
    for (const shown of [
      String(secret),
      JSON.stringify({ secret }),
      inspect({ secret }),
      ['', secret].join(''),
    ]) {
      expect(shown).toContain('[redacted]')
      expect(shown).not.toContain('canary')
    }
  })

  it('reads a secret from the file that NAME_FILE names', async () => {
    const file = join(folder, 'database-url')
    await writeFile(file, 'postgres://from-file\n')
    const { DATABASE_URL: _, ...rest } = good
    expect(parseConfig(schema, { ...rest, DATABASE_URL_FILE: file }).DATABASE_URL.reveal()).toBe(
      'postgres://from-file',
    )
    const both = thrownBy(() => parseConfig(schema, { ...good, DATABASE_URL_FILE: file }))
    expect(both.problems).toEqual([
      { variable: 'DATABASE_URL', problem: 'is set, and so is DATABASE_URL_FILE; set only one of them' },
    ])
    const missing = thrownBy(() => parseConfig(schema, { ...rest, DATABASE_URL_FILE: join(folder, 'none') }))
    expect(missing.problems[0]?.problem).toContain('cannot be read (ENOENT)')
    const notSecret = thrownBy(() => parseConfig(schema, { ...good, PUBLIC_URL: '', PUBLIC_URL_FILE: file }))
    expect(notSecret.problems).toEqual([{ variable: 'PUBLIC_URL', problem: 'is required' }])
  })

  it('describes its variables', () => {
    const rows = new Map(describeConfig(schema).map((row) => [row.name, row]))
    expect(rows.get('PORT')).toEqual({
      name: 'PORT',
      description: 'Port of the service',
      default: '3000',
      required: false,
      secret: false,
    })
    expect(rows.get('MESH_JOIN_SECRET')).toMatchObject({ default: null, required: true, secret: true })
    expect(rows.get('POD_NAME')).toMatchObject({ default: null, required: false, secret: false })
    expect(rows.get('MODE')).toMatchObject({ required: true })
    for (const name of Object.keys(commonConfig)) expect(rows.get(name)?.description).not.toBe('')
  })
})

function thrownBy(parse: () => unknown): ConfigError {
  try {
    parse()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('the environment was accepted')
}

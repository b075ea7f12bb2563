import { randomBytes } from 'node:crypto'
import { ServiceName } from '@guildmesh/contracts'
import { commonConfig, env, parseConfig } from '@guildmesh/runtime'
import { z } from 'zod'

/** The variables of the config API. */
export const configSchema = z.object({
  ...commonConfig,
  PORT: env.port(3001).describe('Port of the mesh server and of the REST routes'),
  POD_NAME: ServiceName.refine((name) => name.startsWith('config-'), 'must start with config-')
    .default(() => `config-${randomBytes(4).toString('hex')}`)
    .describe('Name of this process in the mesh, config-<name>; random by default'),
  DATABASE_URL: env
    .secret()
    .describe('PostgreSQL 16 or newer, as postgresql://user:password@host:5432/database'),
  DATABASE_MAX_CONNECTIONS: env
    .int(12, { min: 2, max: 200 })
    .describe(
      'Maximum number of connections of one config API replica to PostgreSQL, without the one for LISTEN',
    ),
  IDENTIFY_DAILY_LIMIT: env
    .int(1000, { min: 1, max: 1_000_000 })
    .describe("Discord sessions that the bot may start in 24 hours (Discord's session_start_limit.total)"),
  BOOTSTRAP_OPERATOR_TOKEN: env
    .secret(24)
    .optional()
    .describe('An operator token that is created at start if it does not exist yet'),
})

export type ConfigApiConfig = z.output<typeof configSchema>

/** Reads the configuration of the config API. @throws ConfigError with every problem */
export function readConfig(environment: NodeJS.ProcessEnv): ConfigApiConfig {
  return parseConfig(configSchema, environment)
}

import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import { configSchema } from '@guildmesh/config-api'
import { type EdgeConfig, edgeConfigSchema, readEdgeConfig } from '@guildmesh/edge'
import { type GatewayConfig, gatewayVariables, readGatewayConfig } from '@guildmesh/gateway'
import { ConfigError, type ConfigProblem, env, parseConfig, Secret } from '@guildmesh/runtime'
import { z } from 'zod'

const ownVariables = {
  SERVICE_MODE: env
    .choice(['monolith'], 'monolith')
    .describe('Must be monolith here; the other services have their own images'),
  DATABASE_URL: env
    .secret()
    .optional()
    .describe('PostgreSQL 16 or newer; without it, an embedded PostgreSQL runs beside the bot'),
  POSTGRES_DATA_DIR: env
    .text()
    .optional()
    .describe('Data of the embedded PostgreSQL; by default the folder postgres beside GATEWAY_DB_PATH'),
  MESH_JOIN_SECRET: env
    .secret(32)
    .optional()
    .describe('Not needed, since the parts of a monolith share one process; random by default'),
  DATABASE_MAX_CONNECTIONS: configSchema.shape.DATABASE_MAX_CONNECTIONS,
  IDENTIFY_DAILY_LIMIT: configSchema.shape.IDENTIFY_DAILY_LIMIT,
  BOOTSTRAP_OPERATOR_TOKEN: configSchema.shape.BOOTSTRAP_OPERATOR_TOKEN,
}

/** The environment variables of the monolith: those of its three services, without what only matters between processes. */
export const monolithVariables = z
  .object({ ...gatewayVariables.shape, ...edgeConfigSchema.shape, ...ownVariables })
  .omit({ POD_ORDINAL: true, POD_ID: true, CONFIG_SERVICE_URL: true, ADVERTISED_ADDRESS: true })

/** The monolith's configuration: its own, and that of the parts which read theirs themselves. */
export interface MonolithConfig {
  readonly own: z.output<z.ZodObject<typeof ownVariables>>
  readonly joinSecret: Secret
  /** Where the embedded PostgreSQL keeps its data, if it runs. */
  readonly postgresDataDir: string
  readonly gateway: GatewayConfig
  readonly edge: EdgeConfig
}

/**
 * Reads the monolith's configuration.
 * @throws ConfigError with the problems of all parts at once
 */
export function readMonolithConfig(environment: NodeJS.ProcessEnv): MonolithConfig {
  const problems = new Map<string, ConfigProblem>()
  const read = <T>(parse: () => T): T | null => {
    try {
      return parse()
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      for (const problem of error.problems) problems.set(problem.variable, problem)
      return null
    }
  }
  const own = read(() => parseConfig(z.object(ownVariables), environment))
  const joinSecret = own?.MESH_JOIN_SECRET ?? new Secret(randomBytes(32).toString('base64url'))
  const shared = withoutProcessBoundaries(environment, joinSecret)
  const gateway = read(() => readGatewayConfig({ ...shared, HOST: '127.0.0.1', PORT: '0' }))
  const edge = read(() => readEdgeConfig(shared))
  if (!own || !gateway || !edge) throw new ConfigError([...problems.values()])
  const postgresDataDir = own.POSTGRES_DATA_DIR ?? join(dirname(gateway.GATEWAY_DB_PATH), 'postgres')
  return { own, joinSecret, postgresDataDir, gateway, edge }
}

/** What the parts want to know of each other, answered for parts of one process. */
function withoutProcessBoundaries(environment: NodeJS.ProcessEnv, joinSecret: Secret): NodeJS.ProcessEnv {
  return {
    ...environment,
    POD_ORDINAL: '0',
    POD_ID: undefined,
    POD_NAME: environment['POD_NAME'] || 'monolith',
    ADVERTISED_ADDRESS: undefined,
    // Named, so that it is not asked for; nothing connects to it.
    CONFIG_SERVICE_URL: 'ws://in-process.invalid:3001',
    DISCORD_APP_ID: environment['DISCORD_APP_ID'] || environment['DISCORD_CLIENT_ID'],
    MESH_JOIN_SECRET: joinSecret.reveal(),
    MESH_JOIN_SECRET_FILE: undefined,
  }
}

import { GatewayAddress, GatewayId, gatewayIdOf, GuildId } from '@guildmesh/contracts'
import { commonConfig, ConfigError, type ConfigProblem, env, parseConfig } from '@guildmesh/runtime'
import { z } from 'zod'

/** The environment variables of a gateway. */
export const gatewayVariables = z.object({
  ...commonConfig,
  SERVICE_MODE: env.text('gateway').describe('What the image runs; a gateway process ignores it'),
  POD_ORDINAL: env
    .int(undefined, { min: 0, max: 9999 })
    .optional()
    .describe('Number of this gateway (pod_id); by default the number at the end of POD_NAME'),
  POD_ID: env.int(undefined, { min: 0, max: 9999 }).optional().describe('Alias of POD_ORDINAL'),
  CONFIG_SERVICE_URL: env
    .csv()
    .describe('Addresses of the config API, http or ws; several replicas separated by commas'),
  PORT: env.port(3000).describe('Port of the mesh server, for other gateways, edges and the config API'),
  ADVERTISED_ADDRESS: env
    .text()
    .optional()
    .describe(
      'Address at which others reach the mesh server; by default ws://<POD_NAME>.gateway-internal:<PORT>',
    ),
  REGION: env.text('default').describe('Region of this gateway, for operators and placement'),
  GATEWAY_DB_PATH: env
    .text('/data/mod-bot.sqlite3')
    .describe('SQLite database of the guilds that this gateway owns, on its own volume'),
  PARKING_LIMIT_MB: env
    .int(4096, { min: 1, max: 1_048_576 })
    .describe(
      'Megabytes of events that may be parked on the volume for owners that are away; at the limit the gateway stops reading from Discord',
    ),
  GATEWAY_CAPACITY: env
    .int(1000, { min: 1, max: 100_000 })
    .describe('Maximum number of guilds for this gateway'),
  ASSIGNED_GUILDS: env
    .csv([])
    .describe(
      'Guild ids, separated by commas, that this gateway asks for; the config API decides who owns a guild',
    ),
  DISCORD_TOKEN: env.secret().describe("The bot's token"),
  DISCORD_APP_ID: env.text().describe("The application's id, from the Discord developer portal"),
  DISCORD_API_URL: env.url('https://discord.com/api').describe("Discord's REST API, without version"),
  DISCORD_COMPRESSION: env
    .choice(['none', 'zlib-stream'], 'none')
    .describe('Compression of the connection to Discord: less traffic for more CPU'),
  MOUNTED_MODULES: env
    .csv([])
    .describe('Files of discord.js bots that this gateway runs, separated by commas'),
  MOUNTED_LISTENER_TIMEOUT_MS: env
    .int(30_000, { min: 100, max: 900_000 })
    .describe(
      'Milliseconds that the gateway waits for a listener of a mounted module before its event counts as handled',
    ),
  SHARD_COUNT: env
    .int(undefined, { min: 1, max: 16_384 })
    .optional()
    .describe('Number of Discord shards; by default what Discord recommends'),
  EVENT_PROBE: env
    .boolean(false)
    .describe(
      'For fault campaigns, never for a real bot: keeps a hash chain over the applied events of each guild, and answers messages that start with "probe: "',
    ),
})

export type GatewayVariables = z.output<typeof gatewayVariables>

/** A gateway's configuration, with everything derived that follows from several variables. */
export interface GatewayConfig extends GatewayVariables {
  readonly gatewayId: GatewayId
  /** Of the config API's replicas, as `ws:` or `wss:` addresses. */
  readonly configUrls: readonly string[]
  /** `null`: the address follows from the port that the mesh server gets. */
  readonly advertisedAddress: string | null
  readonly requestedGuilds: readonly GuildId[]
}

/**
 * Reads a gateway's configuration from the environment.
 * @throws ConfigError with every problem
 */
export function readGatewayConfig(environment: NodeJS.ProcessEnv): GatewayConfig {
  const variables = parseConfig(gatewayVariables, environment)
  const problems: ConfigProblem[] = []
  const gatewayId = gatewayIdFrom(variables, problems)
  const configUrls = variables.CONFIG_SERVICE_URL.map((url) => webSocketUrl(url, problems))
  if (configUrls.length === 0) {
    problems.push({ variable: 'CONFIG_SERVICE_URL', problem: 'names no address' })
  }
  const requestedGuilds = variables.ASSIGNED_GUILDS.flatMap((text) => guildIdFrom(text, problems))
  const advertisedAddress = advertisedFrom(variables, problems)
  if (!/^[1-9][0-9]{16,19}$/.test(variables.DISCORD_APP_ID)) {
    problems.push({ variable: 'DISCORD_APP_ID', problem: 'must be a Discord id: 17 to 20 digits' })
  }
  if (problems.length > 0 || gatewayId === null) throw new ConfigError(problems)
  return { ...variables, gatewayId, configUrls, advertisedAddress, requestedGuilds }
}

function gatewayIdFrom(variables: GatewayVariables, problems: ConfigProblem[]): GatewayId | null {
  const { POD_ORDINAL, POD_ID, POD_NAME } = variables
  if (POD_ORDINAL !== undefined && POD_ID !== undefined && POD_ORDINAL !== POD_ID) {
    problems.push({
      variable: 'POD_ID',
      problem: `is ${POD_ID}, but POD_ORDINAL is ${POD_ORDINAL}; set one of them`,
    })
    return null
  }
  const ordinal = POD_ORDINAL ?? POD_ID
  if (ordinal !== undefined) return gatewayIdOf(ordinal)
  const named = /-(0|[1-9][0-9]{0,3})$/.exec(POD_NAME ?? '')?.[1]
  if (named !== undefined) return gatewayIdOf(Number(named))
  problems.push({
    variable: 'POD_ORDINAL',
    problem: 'is required, unless POD_NAME ends in -<number> as in a StatefulSet',
  })
  return null
}

function advertisedFrom(variables: GatewayVariables, problems: ConfigProblem[]): string | null {
  const { ADVERTISED_ADDRESS, POD_NAME, PORT } = variables
  const address =
    ADVERTISED_ADDRESS ?? (POD_NAME && PORT !== 0 ? `ws://${POD_NAME}.gateway-internal:${PORT}` : undefined)
  if (address === undefined) return null
  if (GatewayAddress.safeParse(address).success) return address
  problems.push({
    variable: 'ADVERTISED_ADDRESS',
    problem: 'must be ws://host:port, without path, user or query',
  })
  return null
}

function webSocketUrl(text: string, problems: ConfigProblem[]): string {
  const url = URL.canParse(text) ? new URL(text) : null
  const scheme = { 'http:': 'ws:', 'ws:': 'ws:', 'https:': 'wss:', 'wss:': 'wss:' }[url?.protocol ?? '']
  if (!url || scheme === undefined) {
    problems.push({ variable: 'CONFIG_SERVICE_URL', problem: 'must be http, https, ws or wss addresses' })
    return ''
  }
  return `${scheme}//${url.host}`
}

function guildIdFrom(text: string, problems: ConfigProblem[]): GuildId[] {
  const parsed = GuildId.safeParse(text)
  if (parsed.success) return [parsed.data]
  problems.push({ variable: 'ASSIGNED_GUILDS', problem: 'must be Discord ids separated by commas' })
  return []
}

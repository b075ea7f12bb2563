import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UserId } from '@guildmesh/contracts'
import { commonConfig, env, parseConfig } from '@guildmesh/runtime'
import { z } from 'zod'

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Sign-in and sessions are not safe over a plain connection, except on one's own machine. */
function secureUrl(schema: z.ZodType<string>) {
  return schema.refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : null
    return url?.protocol === 'https:' || (url?.protocol === 'http:' && loopbackHosts.has(url.hostname))
  }, 'must be an https address (http only for localhost and 127.0.0.1)')
}

/** `http(s)://host:port` of the config API, as the mesh client wants it. */
const configServiceUrls = env
  .csv()
  .refine((urls) => urls.length > 0, 'must name at least one address')
  .refine((urls) => urls.every(isServiceUrl), 'must be http://host:port (several separated by commas)')

function isServiceUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, pathname, search } = new URL(text)
  return ['http:', 'https:', 'ws:', 'wss:'].includes(protocol) && pathname === '/' && search === ''
}

const userIds = env
  .csv([])
  .refine(
    (ids) => ids.every((id) => UserId.safeParse(id).success),
    'must be Discord user ids separated by commas',
  )
  .transform((ids) => ids.map((id) => UserId.parse(id)))

const trustProxy = env
  .text('false')
  .refine(
    (text) => /^(true|false|\d{1,2}|[\da-f.:/, ]+)$/i.test(text),
    'must be true, false, a number of proxies, or their addresses separated by commas',
  )
  .transform((text): boolean | number | string => {
    if (text === 'true' || text === 'false') return text === 'true'
    return /^\d{1,2}$/.test(text) ? Number(text) : text
  })

/** Every environment variable of the edge. */
export const edgeConfigSchema = z.object({
  ...commonConfig,
  PORT: env.port(3000).describe('Port of the portal, the admin API and the interactions endpoint'),
  PUBLIC_URL: secureUrl(env.url()).describe(
    'Address of the portal, such as https://bot.example; Discord sends people back to <PUBLIC_URL>/auth/callback',
  ),
  CONFIG_SERVICE_URL: configServiceUrls.describe(
    'Address of the config API, http://host:port; several separated by commas',
  ),
  DISCORD_PUBLIC_KEY: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'must have 64 hex digits')
    .describe("Public key of the bot's application: verifies Discord's interactions"),
  DISCORD_APP_ID: z
    .string()
    .regex(/^[0-9]{17,20}$/, 'must be a Discord id: 17 to 20 digits')
    .optional()
    .describe("Id of the bot's application (DISCORD_CLIENT_ID is its alias)"),
  DISCORD_CLIENT_ID: z
    .string()
    .regex(/^[0-9]{17,20}$/, 'must be a Discord id: 17 to 20 digits')
    .optional()
    .describe('Alias of DISCORD_APP_ID'),
  DISCORD_CLIENT_SECRET: env
    .secret()
    .describe("OAuth2 secret of the bot's application, for signing in to the portal"),
  DISCORD_API_URL: secureUrl(env.url('https://discord.com/api')).describe("Discord's REST API"),
  DISCORD_OAUTH_URL: secureUrl(env.url())
    .optional()
    .describe("Discord's consent page; by default /oauth2/authorize at the host of DISCORD_API_URL"),
  SESSION_SECRET: env
    .secret(32)
    .describe('Encrypts login attempts and OAuth tokens; the same for every edge, at least 32 characters'),
  SESSION_LIFETIME_HOURS: env
    .int(168, { min: 1, max: 2160 })
    .describe('How long people stay signed in to the portal'),
  ADMIN_USER_IDS: userIds.describe('Discord user ids of the operators, separated by commas'),
  PORTAL_DIR: env
    .text()
    .optional()
    .describe('Folder of the built portal; by default the one next to the service'),
  TRUST_PROXY: trustProxy.describe(
    'Whose X-Forwarded-For to trust: true, false, a number of proxies, or their addresses',
  ),
  RATE_LIMIT_PER_MINUTE: env
    .int(600, { min: 1, max: 1_000_000 })
    .describe(
      'Requests a minute that one person may make on each edge; an address may make five times as many',
    ),
})

/** The edge's configuration. */
export type EdgeConfig = z.output<typeof edgeConfigSchema> & {
  readonly applicationId: string
  /** `ws://host:port` of each config API. */
  readonly configUrls: readonly string[]
  readonly publicUrl: URL
  /** With the version, without a slash at the end. */
  readonly discordApiUrl: string
  readonly discordAuthorizeUrl: string
  readonly portalDir: string
}

/**
 * Reads the edge's configuration.
 * @throws ConfigError with every problem at once
 */
export function readEdgeConfig(environment: NodeJS.ProcessEnv): EdgeConfig {
  const schema = edgeConfigSchema.extend({
    // Either name will do; the check is here so that its absence is listed with all other problems.
    DISCORD_APP_ID: edgeConfigSchema.shape.DISCORD_APP_ID.unwrap().describe('or DISCORD_CLIENT_ID'),
  })
  const applicationId = environment['DISCORD_APP_ID'] || environment['DISCORD_CLIENT_ID']
  const parsed = parseConfig(schema, { ...environment, DISCORD_APP_ID: applicationId })
  return {
    ...parsed,
    applicationId: parsed.DISCORD_APP_ID,
    configUrls: parsed.CONFIG_SERVICE_URL.map(webSocketUrl),
    publicUrl: new URL(parsed.PUBLIC_URL),
    discordApiUrl: versionedApi(parsed.DISCORD_API_URL),
    discordAuthorizeUrl:
      parsed.DISCORD_OAUTH_URL ?? new URL('/oauth2/authorize', parsed.DISCORD_API_URL).href,
    portalDir: parsed.PORTAL_DIR ?? defaultPortalDir(),
  }
}

function webSocketUrl(text: string): string {
  const { protocol, host } = new URL(text)
  return `${protocol === 'https:' || protocol === 'wss:' ? 'wss:' : 'ws:'}//${host}`
}

/** `https://discord.com/api`, with or without a version, names the API; the edge speaks version 10. */
function versionedApi(text: string): string {
  return `${text.replace(/\/+$/, '').replace(/\/v\d+$/, '')}/v10`
}

/** Beside the bundle in an image; in the repository, what `npm run build` made. */
function defaultPortalDir(): string {
  const [inImage = '', inRepository = ''] = ['../portal/', '../../portal/dist/'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  )
  return existsSync(join(inImage, 'index.html')) ? inImage : inRepository
}

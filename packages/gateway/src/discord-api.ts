import { RateLimitError, REST } from '@discordjs/rest'
import { type RESTPostAPIApplicationCommandsJSONBody, Routes } from 'discord-api-types/v10'
import { type CommandsApi, CommandsLimited } from './commands-deploy/deploy-commands.ts'
import { botAuthorization } from './outbox/discord-rest.ts'
import { type DiscordGateway, parseGatewayBot } from './shards/discord-gateway.ts'

/** What the holder asks of Discord's REST API. */
export interface HolderDiscordApi {
  readonly gateway: () => Promise<DiscordGateway>
  readonly commands: CommandsApi
}

export interface HolderDiscordApiOptions {
  /** Without version, such as `https://discord.com/api`. */
  readonly baseUrl: string
  readonly token: { reveal(): string }
  readonly applicationId: string
}

/** Longer waits for a rate limit are told to the caller, milliseconds. */
const longestLimitMs = 60_000

/** Calls Discord with discord.js's REST client, which knows its rate limits. */
export function holderDiscordApi({
  baseUrl,
  token,
  applicationId,
}: HolderDiscordApiOptions): HolderDiscordApi {
  const rest = new REST({
    api: baseUrl.replace(/\/+$/, ''),
    version: '10',
    // Discord limits the creations of commands by the day: that wait is not spent in silence inside a request.
    rejectOnRateLimit: ({ timeToReset, retryAfter }) => Math.max(timeToReset, retryAfter) > longestLimitMs,
  })
  const authorization = botAuthorization(token)
  const route = Routes.applicationCommands(applicationId)
  return {
    gateway: async () => parseGatewayBot(await rest.get(Routes.gatewayBot(), authorization)),
    commands: {
      read: () =>
        rest.get(route, { ...authorization, query: new URLSearchParams({ with_localizations: 'true' }) }),
      overwrite: (commands: readonly RESTPostAPIApplicationCommandsJSONBody[]) =>
        rest.put(route, { ...authorization, body: commands }).catch((error: unknown) => {
          if (!(error instanceof RateLimitError)) throw error
          throw new CommandsLimited(Math.max(error.timeToReset, error.retryAfter), { cause: error })
        }),
    },
  }
}

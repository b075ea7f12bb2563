import type { GuildId, PortalPort } from '@guildmesh/contracts'
import type { Clock, Logger, RoutingTable } from '@guildmesh/runtime'
import { OperatorConsole } from './admin/operator-console.ts'
import { OperatorTokens } from './admin/operator-tokens.ts'
import type { ConfigClient, GatewayClients } from './config-client.ts'
import type { EdgeConfig } from './config.ts'
import type { OwnerCalls } from './owner/owner-calls.ts'
import { DiscordGuilds } from './portal/discord-guilds.ts'
import { GuildAdmission } from './portal/guild-admission.ts'
import { GuildList } from './portal/guild-list.ts'
import { GuildViews } from './portal/guild-views.ts'
import { inviteUrl } from './portal/invite-url.ts'
import { SessionView } from './portal/session-view.ts'
import { CallerIdentification } from './server/caller-identification.ts'
import { DiscordOAuth } from './sessions/discord-oauth.ts'
import type { LoginRouteOptions } from './sessions/login-routes.ts'
import { createSealer } from './sessions/sealing.ts'
import { SessionCache } from './sessions/session-cache.ts'
import { sessionCookies } from './sessions/session-cookies.ts'
import { SessionTokens } from './sessions/session-tokens.ts'

export interface PortalOptions {
  readonly config: EdgeConfig
  readonly configClient: ConfigClient
  readonly gateways: GatewayClients
  readonly owners: OwnerCalls
  readonly routes: Pick<RoutingTable, 'gateway' | 'ownerOf' | 'learn' | 'onChange'>
  readonly clock: Clock
  readonly logger: Logger
}

/** What people and operators use. */
export interface Portal {
  readonly port: PortalPort
  readonly callers: CallerIdentification
  readonly login: LoginRouteOptions
}

/** How late a revoked session or operator token may be noticed by another edge. */
const revocationSeenMs = 15_000

/** Builds sign-in, sessions, the portal API and the admin API. */
export function createPortal(options: PortalOptions): Portal {
  const { config, configClient, gateways, owners, routes, clock, logger } = options
  const sealer = (purpose: string) => createSealer(config.SESSION_SECRET, purpose)
  const oauth = new DiscordOAuth({
    clientId: config.applicationId,
    clientSecret: config.DISCORD_CLIENT_SECRET,
    apiUrl: config.discordApiUrl,
    authorizeUrl: config.discordAuthorizeUrl,
    redirectUri: new URL('/auth/callback', config.publicUrl).href,
  })
  const sessions = new SessionCache({
    config: configClient,
    lifetimeMs: config.SESSION_LIFETIME_HOURS * 3_600_000,
    freshMs: revocationSeenMs,
    clock,
  })
  const oauthSealer = sealer('oauth tokens')
  const tokens = new SessionTokens({ oauth, sealer: oauthSealer, sessions, clock })
  const cookies = sessionCookies(config.publicUrl)
  const callers = new CallerIdentification({
    sessions,
    operatorTokens: new OperatorTokens({ config: configClient, freshMs: revocationSeenMs, clock }),
    cookies,
    operators: new Set(config.ADMIN_USER_IDS),
    portalOrigin: config.publicUrl.origin,
  })
  const discordGuilds = new DiscordGuilds({ apiUrl: config.discordApiUrl, tokens, clock })
  const admission = new GuildAdmission({
    owners,
    clock,
    isInGuild: async (guildId, { caller }) =>
      (await discordGuilds.of(callers.sessionOf(caller))).some(({ id }) => id === guildId),
  })
  const inviteUrlOf = (guildId: GuildId) =>
    inviteUrl(config.discordAuthorizeUrl, config.applicationId, guildId)
  return {
    port: {
      session: new SessionView({ callers, sessions, logger }),
      guilds: new GuildList({ owners, routes, discordGuilds, callers, clock, logger, inviteUrlOf }),
      guild: new GuildViews({
        admission,
        owners,
        routes,
        gateways,
        clock,
        requireLive: ({ caller }) => callers.requireLive(caller),
      }),
      admin: new OperatorConsole({ config: configClient, routes, logger }),
    },
    callers,
    login: {
      oauth,
      sessions,
      attempts: sealer('login attempts'),
      tokens: oauthSealer,
      cookies,
      publicUrl: config.publicUrl,
      logger,
      clock,
    },
  }
}

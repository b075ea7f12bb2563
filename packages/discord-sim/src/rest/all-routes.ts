import { oauthApiRoutes } from './routes/oauth-api-routes.ts'
import type { RestContext } from './rest-context.ts'
import type { Route } from './route.ts'
import { applicationRoutes } from './routes/application-routes.ts'
import { automodRoutes } from './routes/automod-routes.ts'
import { channelRoutes } from './routes/channel-routes.ts'
import { commandRoutes } from './routes/command-routes.ts'
import { expressionRoutes } from './routes/expression-routes.ts'
import { guildRoutes } from './routes/guild-routes.ts'
import { interactionRoutes } from './routes/interaction-routes.ts'
import { memberRoutes } from './routes/member-routes.ts'
import { messageRoutes } from './routes/message-routes.ts'
import { reactionRoutes } from './routes/reaction-routes.ts'
import { communityRoutes } from './routes/community-routes.ts'
import { commandPermissionRoutes } from './routes/command-permission-routes.ts'
import { entitlementRoutes } from './routes/entitlement-routes.ts'
import { pollRoutes } from './routes/poll-routes.ts'
import { scheduledEventRoutes } from './routes/scheduled-event-routes.ts'
import { stickerRoutes } from './routes/sticker-routes.ts'
import { threadRoutes } from './routes/thread-routes.ts'
import { webhookRoutes } from './routes/webhook-routes.ts'

/** Every route of the simulated API, resource by resource. */
export function allRoutes(context: RestContext): Route[] {
  return [
    ...applicationRoutes(context),
    ...commandRoutes(context),
    ...guildRoutes(context),
    ...memberRoutes(context),
    ...channelRoutes(context),
    ...threadRoutes(context),
    ...messageRoutes(context),
    ...reactionRoutes(context),
    ...pollRoutes(context),
    ...stickerRoutes(context),
    ...scheduledEventRoutes(context),
    ...communityRoutes(context),
    ...entitlementRoutes(context),
    ...commandPermissionRoutes(context),
    ...automodRoutes(context),
    ...expressionRoutes(context),
    ...webhookRoutes(context),
    ...interactionRoutes(context),
    ...oauthApiRoutes(context),
  ]
}

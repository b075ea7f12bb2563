import type { IdentifyBudget } from '../gateway/identify-budget.ts'
import type { InteractionEndpoint } from '../interactions/interaction-endpoint.ts'
import type { WebhookEvents } from '../interactions/webhook-events.ts'
import type { InteractionService } from '../interactions/interaction-service.ts'
import type { GrantStore } from '../oauth/grants.ts'
import type { CommandRegistry } from '../resources/commands.ts'
import type { Actor, World } from '../state/world.ts'
import type { AttachmentStore } from '../forms/attachment-store.ts'
import type { NonceLedger } from './nonce-ledger.ts'
import type { ResourceLimits } from './resource-limits.ts'
import type { RestRequest } from './route.ts'

/** What the routes stand on. */
export interface RestContext {
  world: World
  commands: CommandRegistry
  attachments: AttachmentStore
  nonces: NonceLedger
  limits: ResourceLimits
  interactions: InteractionService
  endpoint: InteractionEndpoint
  webhookEvents: WebhookEvents
  grants: GrantStore
  identifyBudget: IdentifyBudget
  recommendedShards: number
  /** Known once the server listens. */
  urls: { base: string; gateway: string }
}

/** The bot as the author of a change, with the reason it gave. */
export function botActor(context: RestContext, request: RestRequest): Actor {
  return { userId: context.world.app.botId, reason: request.reason }
}

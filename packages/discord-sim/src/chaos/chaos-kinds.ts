import type { GatewayHub } from '../gateway/gateway-hub.ts'
import type { GatewayServer } from '../gateway/gateway-server.ts'
import type { ResumeListener } from '../gateway/resume-listener.ts'
import type { InteractionService } from '../interactions/interaction-service.ts'
import type { Random } from '../random.ts'
import type { LinkPreviews } from '../resources/link-previews.ts'
import type { RestFaults } from '../rest/rest-faults.ts'
import type { World } from '../state/world.ts'

/** What chaos plays with. */
export interface ChaosGround {
  world: World
  gateway: GatewayServer
  hub: GatewayHub
  resumeListener: ResumeListener
  restFaults: RestFaults
  interactions: InteractionService
  linkPreviews: LinkPreviews
}

/** Where a kind of chaos strikes. */
export type ChaosGroup = 'gateway' | 'rest' | 'people'

/** What lasts is ended by `end`, after `forMs` or when chaos stops. */
export interface Lasting {
  forMs: number
  end: () => void
}

export interface ChaosKind {
  group: ChaosGroup
  /** Discord itself keeps events back by it, which no bot can have again: only on request. */
  losesEvents?: true
  play: (ground: ChaosGround, random: Random) => Lasting | null
}

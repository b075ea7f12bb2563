import { randomUUID } from 'node:crypto'
import {
  type Call,
  type GuildActivity,
  type GuildChange,
  type GuildId,
  type GuildViewer,
  type GuildViewPort,
  MeshError,
  type PortalOverview,
} from '@guildmesh/contracts'
import type { Clock } from '@guildmesh/runtime'
import type { GatewayClients } from '../config-client.ts'
import type { OwnerCalls, Routes } from '../owner/owner-calls.ts'
import { followOwner } from '../owner/owner-feed.ts'
import type { GuildAdmission } from './guild-admission.ts'

export interface GuildViewsOptions {
  readonly admission: GuildAdmission
  readonly owners: OwnerCalls
  readonly routes: Routes
  readonly gateways: GatewayClients
  readonly clock: Clock
  /** @throws MeshError Unauthenticated if the caller's session has ended meanwhile */
  readonly requireLive: (call: Call) => Promise<void>
}

/** A read may wait while the guild is being moved: the visitor gets the answer a little later. */
const ask = { unassigned: 'refuse', maxWaitMs: 1200 } as const
/** How often a feed checks that its reader still has the role and the session that opened it. */
const recheckMs = 30_000

/** A guild's pages, answered by its owner. Everything is asked under the viewer's guild id, never the input's. */
export class GuildViews implements GuildViewPort {
  readonly #options: GuildViewsOptions

  constructor(options: GuildViewsOptions) {
    this.#options = options
  }

  admit(guildId: GuildId, call: Call): Promise<GuildViewer> {
    return this.#options.admission.admit(guildId, call)
  }

  async overview({ guildId, role }: GuildViewer, call: Call): Promise<PortalOverview> {
    const overview = await this.#options.owners.ask(guildId, call, ask, (gateway, owned, request) =>
      gateway.guild.overview.query(owned, request),
    )
    return { ...requireGuild(guildId, overview), viewerRole: role }
  }

  activity(
    { guildId }: GuildViewer,
    { from, to, interval }: Parameters<GuildViewPort['activity']>[1],
    call: Call,
  ): Promise<GuildActivity> {
    return this.#options.owners.ask(guildId, call, ask, (gateway, owned, request) =>
      gateway.guild.activity.query({ ...owned, from, to, interval }, request),
    )
  }

  async *changes({ guildId }: GuildViewer, call: Call): AsyncIterable<GuildChange> {
    const { owners, routes, gateways, clock, admission, requireLive } = this.#options
    const feed = followOwner<GuildChange>({
      calls: owners,
      gateways,
      routes,
      guildId,
      call,
      subscribe: (gateway, owned, request, observer) =>
        gateway.guild.changes.subscribe(owned, { ...request, ...observer }),
    })
    let checkedAt = clock.monotonicMs()
    for await (const change of feed) {
      if (clock.monotonicMs() - checkedAt > recheckMs) {
        await requireLive(call)
        await admission.admit(guildId, call)
        checkedAt = clock.monotonicMs()
      }
      yield requireGuild(guildId, change)
    }
  }
}

/** I16: an answer about another guild than the one that was authorised goes to nobody. */
function requireGuild<Answer extends { guildId: GuildId }>(guildId: GuildId, answer: Answer): Answer {
  if (answer.guildId === guildId) return answer
  throw new MeshError(
    { kind: 'Internal', errorId: randomUUID() },
    { cause: new Error(`asked for guild ${guildId}, answered for ${answer.guildId}`) },
  )
}

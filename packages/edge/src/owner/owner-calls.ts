import { type Call, type GuildId, MeshError } from '@guildmesh/contracts'
import { maxRedirects, type Route } from '@guildmesh/placement'
import { type Clock, type Logger, onward, type RoutingTable } from '@guildmesh/runtime'
import type { ConfigClient, GatewayClient, GatewayClients } from '../config-client.ts'
import { waitFor } from './hold.ts'
import type { OwnerMetrics } from './owner-metrics.ts'
import { decideSearch, type OwnerSearch } from './owner-search.ts'

export type Routes = Pick<RoutingTable, 'ownerOf' | 'learn' | 'onChange'>

export interface OwnerCallsOptions {
  readonly routes: Routes
  readonly gateways: GatewayClients
  readonly config: ConfigClient
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: OwnerMetrics
}

/** How a call looks for the owner. */
export interface AskOptions {
  /** What to do about a guild without an owner: assign one (if the bot is certainly in the guild), or refuse. */
  readonly unassigned: 'ensure' | 'refuse'
  /** Longest time to wait in all for an owner that is fenced or away. */
  readonly maxWaitMs: number
}

/** Asks the owner, at the epoch at which it is believed to own the guild. Must hand `request` to the client. */
export type Question<Answer> = (
  gateway: GatewayClient,
  owned: { guildId: GuildId; epoch: number },
  request: ReturnType<typeof onward>,
) => Promise<Answer>

const lookUpMs = 500

/**
 * The one way from the edge to the gateway that owns a guild. Follows the guild when it moves: at most two
 * redirects, never back to a lower epoch, inside the deadline of the call.
 */
export class OwnerCalls {
  readonly #options: OwnerCallsOptions

  constructor(options: OwnerCallsOptions) {
    this.#options = options
  }

  /**
   * @throws MeshError NotAssigned, Unavailable, GuildFenced, DeadlineExceeded, or what the owner refuses with
   */
  async ask<Answer>(
    guildId: GuildId,
    call: Call,
    { unassigned, maxWaitMs }: AskOptions,
    question: Question<Answer>,
  ): Promise<Answer> {
    let search = await this.begin(guildId, call, unassigned)
    for (;;) {
      call.signal.throwIfAborted()
      try {
        const gateway = this.#options.gateways.to(search.tried.gatewayId)
        return await question(gateway, { guildId, epoch: search.tried.epoch }, onward(call))
      } catch (error) {
        if (!(error instanceof MeshError)) throw error
        search = await this.next(search, error, call, maxWaitMs)
      }
    }
  }

  /** A search that begins at the owner known now. */
  async begin(guildId: GuildId, call: Call, unassigned: 'ensure' | 'refuse'): Promise<OwnerSearch> {
    const tried = await this.#firstOwner(guildId, call, unassigned)
    return { guildId, tried, redirects: 0, holds: 0, waitedMs: 0 }
  }

  /**
   * The search after a failure of the owner tried, once it is time to call `tried` of the result.
   * @throws MeshError if there is nothing left to try
   */
  async next(search: OwnerSearch, error: MeshError, call: Call, maxWaitMs: number): Promise<OwnerSearch> {
    const { failure } = error
    this.#options.metrics.searched(failure.kind)
    if (failure.kind === 'GuildMoved') this.#learn(failure.guildId, failure)
    const decide = (refreshed: boolean) =>
      decideSearch(search, {
        failure,
        known: this.#options.routes.ownerOf(search.guildId),
        refreshed,
        remainingMs: call.remainingMs() ?? Number.POSITIVE_INFINITY,
        maxWaitMs,
      })
    let step = decide(false)
    if (step.step === 'refresh') {
      await this.#refresh(search.guildId, call)
      step = decide(true)
    }
    switch (step.step) {
      case 'call':
        return { ...search, tried: step.owner, redirects: search.redirects + 1 }
      case 'hold':
        return this.#hold(search, step.waitMs, call)
      case 'give-up':
        this.#options.metrics.gaveUp(step.reason)
        throw step.failure === failure ? error : new MeshError(step.failure, { cause: error })
      case 'refresh':
        throw error
      default:
        return step satisfies never
    }
  }

  /** Waits for the owner that was tried, or until the routing table knows a later one, which is called then. */
  async #hold(search: OwnerSearch, waitMs: number, call: Call): Promise<OwnerSearch> {
    const { routes, clock } = this.#options
    const startedAt = clock.monotonicMs()
    const later = () => {
      const known = routes.ownerOf(search.guildId)
      return known && known.epoch > search.tried.epoch ? known : null
    }
    await waitFor({
      waitMs,
      signal: call.signal,
      isOver: () => later() !== null,
      onChange: (listener) => routes.onChange(listener),
    })
    const waitedMs = search.waitedMs + (clock.monotonicMs() - startedAt)
    const held = { ...search, holds: search.holds + 1, waitedMs }
    const owner = later()
    return owner && held.redirects < maxRedirects
      ? { ...held, tried: owner, redirects: held.redirects + 1 }
      : held
  }

  async #firstOwner(guildId: GuildId, call: Call, unassigned: 'ensure' | 'refuse'): Promise<Route> {
    const { routes, config } = this.#options
    const known = routes.ownerOf(guildId)
    if (known) return known
    const request = onward(call)
    const assigned =
      unassigned === 'ensure'
        ? await config.assignments.ensure.mutate({ guildId }, request)
        : await config.assignments.lookup.query({ guildId }, request)
    routes.learn(assigned)
    return assigned
  }

  /**
   * Asks the config API for the owner. While it cannot be reached the routing table has to do, and the gateways
   * themselves refuse what is outdated.
   */
  async #refresh(guildId: GuildId, call: Call): Promise<void> {
    const { routes, config, logger } = this.#options
    try {
      routes.learn(await config.assignments.lookup.query({ guildId }, onward(call, lookUpMs)))
    } catch (error) {
      logger.debug(
        { event: 'owner-look-up-failed', guildId, err: error },
        'could not ask the config API for the owner of a guild; using the routing table',
      )
    }
  }

  /** A gateway has answered who owns the guild now: the table learns that before the config API sends it. */
  #learn(guildId: GuildId, { gatewayId, epoch }: Route): void {
    this.#options.routes.learn({ guildId, gatewayId, epoch, assignedAt: this.#options.clock.now() })
  }
}

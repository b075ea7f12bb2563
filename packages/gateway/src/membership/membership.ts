import type {
  Failure,
  GatewayId,
  HeartbeatReply,
  Incarnation,
  Registration,
  RestGrant,
  RestReport,
} from '@guildmesh/contracts'
import { MeshError } from '@guildmesh/contracts'
import { type Clock, type LogPort, retry, type Timers, Worker } from '@guildmesh/runtime'
import type { GatewayLease } from './gateway-lease.ts'

/** What a gateway tells the registry of itself. */
export interface GatewayFacts {
  readonly gatewayId: GatewayId
  readonly address: string
  readonly region: string
  readonly version: string
  readonly capacity: number
}

export interface GatewayLoad {
  readonly guilds: number
  readonly eventsPerSecond: number
  readonly databaseBytes: number
  readonly rssBytes: number
}

/** The config API's registry, as a gateway uses it. */
export interface RegistryPort {
  register(input: GatewayFacts & { readonly previous: Incarnation | null }): Promise<Registration>
  heartbeat(input: {
    readonly gatewayId: GatewayId
    readonly incarnation: Incarnation
    readonly load: GatewayLoad
    readonly rest: RestReport
  }): Promise<HeartbeatReply>
}

/** The quotas of Discord's limits that are leased with the heartbeats. */
export interface RestLeasing {
  report(): RestReport
  answered(grant: RestGrant | undefined, sentAtMs: number): void
}

/** What the volume remembers of the gateway's incarnations. */
export interface IncarnationStore {
  readonly incarnation: Incarnation | null
  recordIncarnation(incarnation: Incarnation): void
}

export interface MembershipOptions {
  readonly facts: GatewayFacts
  /** What registrations and renewals are told to. */
  readonly lease: GatewayLease
  readonly registry: RegistryPort
  readonly volume: IncarnationStore
  readonly load: () => GatewayLoad
  readonly rest: RestLeasing
  readonly clock: Clock
  readonly timers?: Timers
  readonly log: LogPort
}

/** This incarnation of the gateway has been superseded by another: the process must end. */
export class SupersededError extends Error {
  readonly failure: Failure

  constructor(failure: Failure, message: string) {
    super(message)
    this.name = 'SupersededError'
    this.failure = failure
  }
}

const backoff = { firstMs: 250, maxMs: 5000, jitter: 'half' } as const

/** Registers this gateway and renews its lease for as long as it runs. */
export class Membership {
  readonly #options: MembershipOptions
  #renewEveryMs = 500

  constructor(options: MembershipOptions) {
    this.#options = options
  }

  /**
   * Registers a new incarnation. Waits for the config API as long as it takes, and says so in the log.
   * The volume remembers the incarnation before anything is served under it.
   */
  register(signal: AbortSignal): Promise<Incarnation> {
    const { log, timers } = this.#options
    return retry(() => this.#registerOnce(), {
      backoff,
      signal,
      onFailure: (error, tries) => {
        if (error instanceof MeshError && !isPassing(error.failure)) throw error
        log.warn(
          { event: 'registration-failed', err: error, tries },
          'the config API did not register this gateway; it serves nothing yet and tries again. Check CONFIG_SERVICE_URL and that the config API runs.',
        )
      },
      timers,
    })
  }

  async #registerOnce(): Promise<Incarnation> {
    const { clock, facts, lease: own, log, registry, volume } = this.#options
    const sentAtMs = clock.monotonicMs()
    const { incarnation, lease, status } = await registry.register({
      ...facts,
      previous: volume.incarnation,
    })
    volume.recordIncarnation(incarnation)
    own.member({ incarnation, status })
    own.renewed({ kind: 'granted', sentAtMs, leaseTtlMs: lease.leaseTtlMs })
    this.#renewEveryMs = lease.renewEveryMs
    const { gatewayId, address } = facts
    log.info({ event: 'gateway-registered', gatewayId, incarnation, status, address }, 'gateway registered')
    return incarnation
  }

  /**
   * Renews the lease until the signal aborts.
   * @throws SupersededError when the registry says that another incarnation of this gateway has begun
   */
  keep(signal: AbortSignal): Promise<void> {
    const { clock, timers } = this.#options
    const worker = new Worker({
      work: async (run) => {
        const sentAtMs = clock.monotonicMs()
        await this.#renew(sentAtMs, run.signal)
        return Math.max(0, this.#renewEveryMs - (clock.monotonicMs() - sentAtMs))
      },
      timers,
    })
    return worker.run(signal)
  }

  async #renew(sentAtMs: number, signal: AbortSignal): Promise<void> {
    const { facts, lease: own, load, log, registry, rest } = this.#options
    const { incarnation } = own
    try {
      const reply = await registry.heartbeat({
        gatewayId: facts.gatewayId,
        incarnation,
        load: load(),
        rest: rest.report(),
      })
      const { lease, status } = reply
      if (status === 'offline') {
        log.warn(
          { event: 'gateway-marked-offline' },
          'the config API marked this gateway offline: registering again',
        )
        await this.register(signal)
        return
      }
      rest.answered(reply.rest, sentAtMs)
      if (own.isUnreachable) {
        log.info({ event: 'lease-renewed-again' }, 'the config API renews the lease again')
      }
      own.renewed({ kind: 'granted', sentAtMs, leaseTtlMs: lease.leaseTtlMs })
      this.#renewEveryMs = lease.renewEveryMs
      if (status !== own.status) {
        log.info(
          { event: 'gateway-status-changed', before: own.status, status },
          'the status of this gateway changed',
        )
        own.member({ incarnation, status })
      }
    } catch (error) {
      if (!signal.aborted) await this.#afterFailure(error, sentAtMs, signal)
    }
  }

  async #afterFailure(error: unknown, sentAtMs: number, signal: AbortSignal): Promise<void> {
    const { lease, log } = this.#options
    const failure = error instanceof MeshError ? error.failure : null
    if (failure?.kind === 'StaleIncarnation') {
      lease.supersede()
      throw new SupersededError(failure, error instanceof Error ? error.message : failure.kind)
    }
    if (failure?.kind === 'NotFound') {
      log.warn(
        { event: 'gateway-unknown' },
        'the config API does not know this gateway (a restored database?): registering again',
      )
      await this.register(signal)
      return
    }
    if (!lease.isUnreachable) {
      log.warn(
        { event: 'lease-not-renewed', err: error },
        'the config API does not renew the lease; this gateway keeps serving its guilds at their known epochs',
      )
    }
    lease.renewed({ kind: 'unreachable', sentAtMs })
  }
}

/** Failures of a registration that may pass by themselves; the others need a changed setting. */
function isPassing(failure: Failure): boolean {
  return (
    failure.kind !== 'InvalidInput' &&
    failure.kind !== 'WireVersionUnsupported' &&
    failure.kind !== 'Forbidden'
  )
}

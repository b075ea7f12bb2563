import type {
  Failure,
  GatewayId,
  GatewayStatus,
  HeartbeatReply,
  Incarnation,
  Registration,
  RestGrant,
  RestReport,
} from '@guildmesh/contracts'
import { MeshError } from '@guildmesh/contracts'
import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs, type Clock, type LogPort } from '@guildmesh/runtime'
import { afterRenewal, type Lease, leaseAgeMs, mayAct, noLease } from './lease.ts'

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

/** The shares of Discord's limits that are leased with the heartbeats. */
export interface RestLeasing {
  report(): RestReport
  answered(grant: RestGrant | undefined, sentAtMs: number): void
}

/** What the volume remembers of the gateway's lives. */
export interface IncarnationStore {
  readonly incarnation: Incarnation | null
  recordIncarnation(incarnation: Incarnation): void
}

export interface MembershipOptions {
  /** Asked when registering: the address is known once the mesh server listens. */
  readonly facts: () => GatewayFacts
  readonly registry: RegistryPort
  readonly volume: IncarnationStore
  readonly load: () => GatewayLoad
  readonly rest: RestLeasing
  readonly clock: Clock
  readonly log: LogPort
}

/** This life of the gateway has been succeeded by another: the process must end. */
export class SucceededError extends Error {
  readonly failure: Failure

  constructor(failure: Failure, message: string) {
    super(message)
    this.name = 'SucceededError'
    this.failure = failure
  }
}

const registerBackoff = { firstMs: 250, maxMs: 5000, jitter: 'half' } as const

/** This gateway's place in the mesh: its incarnation, and the lease that lets it serve. */
export class Membership {
  readonly #options: MembershipOptions
  #incarnation: Incarnation | null = null
  #lease: Lease = noLease
  #renewEveryMs = 500
  #status: GatewayStatus | null = null
  #succeeded = false

  constructor(options: MembershipOptions) {
    this.#options = options
  }

  /** @throws before the gateway has registered */
  get incarnation(): Incarnation {
    if (!this.#incarnation) throw new Error('this gateway has no incarnation before it has registered')
    return this.#incarnation
  }

  get status(): GatewayStatus | null {
    return this.#status
  }

  /** Rule R1, checked inline before each transaction, call and reply. */
  mayServe(): boolean {
    return !this.#succeeded && mayAct(this.#lease, this.#options.clock.monotonicMs())
  }

  /** For how long the config API has not renewed the lease, milliseconds; `null` before it ever did. */
  leaseAgeMs(): number | null {
    return leaseAgeMs(this.#lease, this.#options.clock.monotonicMs())
  }

  /**
   * Registers a new incarnation. Waits for the config API as long as it takes, and says so in the log.
   * The volume remembers the incarnation before anything is served under it.
   */
  async register(signal: AbortSignal): Promise<Incarnation> {
    const { clock, log, registry, volume } = this.#options
    const facts = this.#options.facts()
    for (let tries = 1; ; tries++) {
      signal.throwIfAborted()
      const sentAtMs = clock.monotonicMs()
      try {
        const { incarnation, lease, status } = await registry.register({
          ...facts,
          previous: volume.incarnation,
        })
        volume.recordIncarnation(incarnation)
        this.#incarnation = incarnation
        this.#status = status
        this.#renewEveryMs = lease.renewEveryMs
        this.#lease = afterRenewal(this.#lease, { kind: 'granted', sentAtMs, holdMs: lease.holdMs })
        log.info(
          { gatewayId: facts.gatewayId, incarnation, status, address: facts.address },
          'gateway registered',
        )
        return incarnation
      } catch (error) {
        if (signal.aborted) throw error
        if (error instanceof MeshError && !isPassing(error.failure)) throw error
        log.warn(
          { err: error, tries },
          'the config API did not register this gateway; it serves nothing yet and tries again. Check CONFIG_SERVICE_URL and that the config API runs.',
        )
        await sleep(backoffMs(registerBackoff, tries, Math.random()), undefined, { signal })
      }
    }
  }

  /**
   * Renews the lease until the signal aborts.
   * @throws SucceededError when the registry says that another life of this gateway has begun
   */
  async keep(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const sentAtMs = this.#options.clock.monotonicMs()
      await this.#renew(sentAtMs, signal)
      const tookMs = this.#options.clock.monotonicMs() - sentAtMs
      await sleep(Math.max(0, this.#renewEveryMs - tookMs), undefined, { signal }).catch(() => {})
    }
  }

  async #renew(sentAtMs: number, signal: AbortSignal): Promise<void> {
    const { load, log, registry, rest } = this.#options
    const { gatewayId } = this.#options.facts()
    try {
      const reply = await registry.heartbeat({
        gatewayId,
        incarnation: this.incarnation,
        load: load(),
        rest: rest.report(),
      })
      const { lease, status } = reply
      if (status === 'offline') {
        log.warn({}, 'the config API took this gateway for gone: registering again')
        await this.register(signal)
        return
      }
      rest.answered(reply.rest, sentAtMs)
      if (this.#lease.unreachableAtMs !== null) log.info({}, 'the config API renews the lease again')
      this.#lease = afterRenewal(this.#lease, { kind: 'granted', sentAtMs, holdMs: lease.holdMs })
      this.#renewEveryMs = lease.renewEveryMs
      if (status !== this.#status) {
        log.info({ before: this.#status, status }, 'the status of this gateway changed')
        this.#status = status
      }
    } catch (error) {
      if (signal.aborted) return
      const failure = error instanceof MeshError ? error.failure : null
      if (failure?.kind === 'StaleIncarnation') {
        this.#succeeded = true
        throw new SucceededError(failure, error instanceof Error ? error.message : failure.kind)
      }
      if (failure?.kind === 'NotFound') {
        log.warn({}, 'the config API does not know this gateway (a restored database?): registering again')
        await this.register(signal)
        return
      }
      if (this.#lease.unreachableAtMs === null) {
        log.warn(
          { err: error },
          'the config API does not renew the lease; guilds are served on at their known epochs',
        )
      }
      this.#lease = afterRenewal(this.#lease, { kind: 'unreachable', sentAtMs })
    }
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

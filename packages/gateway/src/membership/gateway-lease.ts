import type { GatewayStatus, Incarnation } from '@guildmesh/contracts'
import type { Clock } from '@guildmesh/runtime'
import {
  afterRenewal,
  type Lease,
  leaseAgeMs,
  mayAct,
  noLease,
  type RenewalOutcome,
} from '@guildmesh/placement'

/** What a gateway is in the mesh once it has registered. */
export interface Membered {
  readonly incarnation: Incarnation
  readonly status: GatewayStatus
}

/** Under which incarnation this gateway serves, and whether its lease lets it. Kept up to date by `Membership`. */
export class GatewayLease {
  readonly #clock: Clock
  #membered: Membered | null = null
  #lease: Lease = noLease
  #superseded = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @throws Error before the gateway has registered */
  get incarnation(): Incarnation {
    if (!this.#membered) throw new Error('this gateway has no incarnation before it has registered')
    return this.#membered.incarnation
  }

  /** `null` before the gateway has registered. */
  get status(): GatewayStatus | null {
    return this.#membered?.status ?? null
  }

  /** Rule R1, checked inline before each transaction, call and reply. */
  mayServe(): boolean {
    return !this.#superseded && mayAct(this.#lease, this.#clock.monotonicMs())
  }

  /** For how long the config API has not renewed the lease, milliseconds; `null` before it ever did. */
  leaseAgeMs(): number | null {
    return leaseAgeMs(this.#lease, this.#clock.monotonicMs())
  }

  /** Whether the last renewal found no config API. */
  get isUnreachable(): boolean {
    return this.#lease.unreachableAtMs !== null
  }

  /** The config API has registered this gateway, or told its status. */
  member(membered: Membered): void {
    this.#membered = membered
  }

  /** A registration or a renewal has ended. */
  renewed(outcome: RenewalOutcome): void {
    this.#lease = afterRenewal(this.#lease, outcome)
  }

  /** Another incarnation of this gateway has begun: this one serves nothing from now on. */
  supersede(): void {
    this.#superseded = true
  }
}

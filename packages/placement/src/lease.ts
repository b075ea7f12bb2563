/** What a process knows of the lease that lets it serve. Times are of its own monotonic clock, milliseconds. */
export interface Lease {
  /** When the last renewal that was granted was *sent*; the grant counts from there. */
  readonly grantedAtMs: number
  /** How long the holder may act after that. */
  readonly leaseTtlMs: number
  /** When the last renewal was sent that found no authority; `null` if none did since the last grant. */
  readonly unreachableAtMs: number | null
}

export type RenewalOutcome =
  | { readonly kind: 'granted'; readonly sentAtMs: number; readonly leaseTtlMs: number }
  /** No answer, or one that says nothing of the lease. */
  | { readonly kind: 'unreachable'; readonly sentAtMs: number }

export const noLease: Lease = { grantedAtMs: Number.NEGATIVE_INFINITY, leaseTtlMs: 0, unreachableAtMs: null }

export function afterRenewal(lease: Lease, outcome: RenewalOutcome): Lease {
  if (outcome.kind === 'unreachable') {
    return {
      ...lease,
      unreachableAtMs: Math.max(lease.unreachableAtMs ?? outcome.sentAtMs, outcome.sentAtMs),
    }
  }
  if (outcome.sentAtMs < lease.grantedAtMs) return lease
  return { grantedAtMs: outcome.sentAtMs, leaseTtlMs: outcome.leaseTtlMs, unreachableAtMs: null }
}

/**
 * Rule R1: whether the lease lets its holder act now. Asked before each act, never by a timer: a process that was
 * stopped longer than its lease must not act on its own old view before it has asked again.
 *
 * While renewals find no authority the holder goes on, each attempt counting like a grant (ADR 7): an outage of the
 * control plane stops nothing. Peers' promises will take the place of that clause when takeover arrives.
 */
export function mayAct(lease: Lease, nowMs: number): boolean {
  if (lease.leaseTtlMs === 0) return false
  const lastWordMs = Math.max(lease.grantedAtMs, lease.unreachableAtMs ?? Number.NEGATIVE_INFINITY)
  return nowMs < lastWordMs + lease.leaseTtlMs
}

/** For how long no renewal has been granted, milliseconds; `null` before the first grant. */
export function leaseAgeMs(lease: Lease, nowMs: number): number | null {
  return lease.leaseTtlMs === 0 ? null : Math.max(0, nowMs - lease.grantedAtMs)
}

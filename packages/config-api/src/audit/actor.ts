import type { Call } from '@guildmesh/contracts'

/** Who makes a call, as the audit log shows it. */
function callerName({ caller }: Pick<Call, 'caller'>): string {
  switch (caller.kind) {
    case 'anonymous':
      return 'anonymous'
    case 'joining':
    case 'service':
      return caller.name
    case 'operator':
      return caller.actor
    case 'user':
      return `user:${caller.userId}`
    default:
      return caller satisfies never
  }
}

/** For whom a call acts: a service may call for somebody, anybody else only for itself. */
export function actorOfCall(call: Pick<Call, 'caller'>, stated: string | undefined): string {
  return call.caller.kind === 'service' && stated !== undefined ? stated : callerName(call)
}

import type { Failure } from '../failures/failure.ts'
import type { Caller } from './caller.ts'
import type { ProcedureMeta } from './procedure-meta.ts'

/**
 * Decides whether a caller may use a procedure. `guild` callers pass here as signed-in users; the permission in
 * their guild is checked by the edge's `guildProcedure`, which knows the guild.
 * @returns `null` if the call is allowed, else why not
 */
export function authorize(caller: Caller, meta: ProcedureMeta): Failure | null {
  if (meta.callers.includes('public')) return null
  switch (caller.kind) {
    case 'anonymous':
      return { kind: 'Unauthenticated', reason: 'missing' }
    case 'joining':
      return meta.callers.includes('joining')
        ? null
        : { kind: 'Forbidden', reason: 'a join token only lets a process register its key' }
    case 'service':
      return meta.callers.includes('service') && meta.services.includes(caller.role)
        ? null
        : { kind: 'Forbidden', reason: `services of the role ${caller.role} may not call this` }
    case 'operator':
      return meta.callers.includes('admin') || (caller.userId !== null && allowsUsers(meta))
        ? null
        : { kind: 'Forbidden', reason: 'operators may not call this' }
    case 'user':
      return allowsUsers(meta) ? null : { kind: 'Forbidden', reason: 'only operators may do this' }
    default:
      return caller satisfies never
  }
}

function allowsUsers(meta: ProcedureMeta): boolean {
  return meta.callers.includes('user') || meta.callers.includes('guild')
}

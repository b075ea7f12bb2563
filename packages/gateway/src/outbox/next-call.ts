import type { GuildReader, GuildRow } from '@guildmesh/guild-store'

/** What the order of a guild's calls depends on. */
export type WaitingCall = Pick<GuildRow<'outbox'>, 'state' | 'method' | 'route' | 'dueAt' | 'sentAt'>

export type NextCall<Call> =
  | { readonly kind: 'call'; readonly call: Call }
  | { readonly kind: 'wait'; readonly until: number }
  | { readonly kind: 'none' }

/** Calls that wait longer than this for a limit are passed by the others, milliseconds. */
export const patienceMs = 10_000

/** So many calls of a guild are looked through for one that need not wait. */
export const mostPassed = 200

/**
 * Which call of a guild is next, of those that wait, in their order. A call waits for the ones before it, with one
 * exception: Discord limits single channels and guilds for minutes, and bans or commands for a day, and what has
 * nothing to do with that does not wait as long. Nothing passes a call whose outcome is in doubt, nor one of the same
 * resource, and no deletion passes what is still to be done below it.
 */
export function nextCall<Call extends WaitingCall>(waiting: readonly Call[], now: number): NextCall<Call> {
  const passed: Call[] = []
  const wait = (): NextCall<Call> => {
    const later = passed.map(({ dueAt }) => dueAt).filter((dueAt) => dueAt > now)
    return { kind: 'wait', until: Math.min(...later) }
  }
  for (const call of waiting) {
    const isKeptBack = passed.some((earlier) => keepsBack(earlier, call))
    if (!isKeptBack && call.dueAt <= now) return { kind: 'call', call }
    passed.push(call)
    const isPatient = call.sentAt === null && call.state === 'pending' && call.dueAt > now + patienceMs
    if (!isKeptBack && !isPatient) return wait()
  }
  return passed.length === 0 ? { kind: 'none' } : wait()
}

/** Calls of a guild that are still to be made or in doubt, in their order. */
export function liveCalls(rows: Pick<GuildReader, 'list'>, limit: number): GuildRow<'outbox'>[] {
  const of = (state: 'pending' | 'in_flight') => rows.list('outbox', { state }, { orderBy: 'callSeq', limit })
  return [...of('in_flight'), ...of('pending')].toSorted((a, b) => a.callSeq - b.callSeq).slice(0, limit)
}

function keepsBack(earlier: WaitingCall, later: WaitingCall): boolean {
  const [first, then] = [trimmed(earlier.route), trimmed(later.route)]
  return first === then || (later.method === 'DELETE' && first.startsWith(`${then}/`))
}

const trimmed = (route: string) => route.replaceAll(/^\/+|\/+$/g, '')

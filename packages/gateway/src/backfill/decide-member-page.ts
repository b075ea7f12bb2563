import { isLater } from './decide-backfill.ts'

/** Members that Discord lists after `after`, by rising id. */
export interface MemberPage {
  readonly after: string
  readonly ids: readonly string[]
  /** There is nobody after the last of them. */
  readonly isLast: boolean
}

export interface MemberPageVerdict {
  readonly present: readonly string[]
  /** Within the stretch that the page covers, and not on it. */
  readonly left: readonly string[]
}

/**
 * After whom to list next, so that the page begins with the first member in doubt: at most one page a member, and at
 * most as many as the guild has. `null` if nobody is in doubt.
 */
export function nextMemberPage(doubted: readonly string[]): string | null {
  const [first, ...others] = doubted
  if (first === undefined) return null
  const lowest = others.reduce((least, id) => (isLater(least, id) ? id : least), first)
  return (BigInt(lowest) - 1n).toString()
}

/** What a page tells of the members in doubt. */
export function judgeMemberPage(doubted: readonly string[], page: MemberPage): MemberPageVerdict {
  const listed = new Set(page.ids)
  const end = page.ids.at(-1)
  const covered = doubted.filter(
    (id) => isLater(id, page.after) && (page.isLast || (end !== undefined && !isLater(id, end))),
  )
  return {
    present: covered.filter((id) => listed.has(id)),
    left: covered.filter((id) => !listed.has(id)),
  }
}

/** A thing that is started after others serve. */
export interface Ordered {
  readonly name: string
  /** Names of what must serve first. */
  readonly after: readonly string[]
}

/**
 * Runs `start` for each, as early as what it comes after allows. The first failure is thrown at once; what comes after
 * the failed one is never started.
 * @throws Error if a name is unknown or the order has a cycle
 */
export async function startInOrder<T extends Ordered>(
  all: readonly T[],
  start: (one: T) => Promise<void>,
): Promise<void> {
  const started = new Map<string, Promise<void>>()
  for (const one of inOrder(all)) {
    const before = one.after.flatMap((name) => started.get(name) ?? [])
    started.set(
      one.name,
      Promise.all(before).then(() => start(one)),
    )
  }
  await Promise.all(started.values())
}

/** Everything once, each after what it comes after. */
export function inOrder<T extends Ordered>(all: readonly T[]): T[] {
  const byName = new Map(all.map((one) => [one.name, one]))
  const placed = new Set<string>()
  const order: T[] = []
  const place = (one: T, path: readonly string[]) => {
    if (placed.has(one.name)) return
    if (path.includes(one.name)) throw new Error(`${[...path, one.name].join(' → ')} come after one another`)
    for (const name of one.after) {
      const before = byName.get(name)
      if (before === undefined) throw new Error(`${one.name} comes after ${name}, which is not there`)
      place(before, [...path, one.name])
    }
    placed.add(one.name)
    order.push(one)
  }
  for (const one of all) place(one, [])
  return order
}

/** Groups to end one after the other: each thing ends before what it came after. Within a group, order is free. */
export function stopGroups<T extends Ordered>(all: readonly T[]): T[][] {
  const left = new Set(all)
  const groups: T[][] = []
  while (left.size > 0) {
    const needed = new Set([...left].flatMap(({ after }) => after))
    const group = [...left].filter(({ name }) => !needed.has(name))
    if (group.length === 0) throw new Error('some come after one another')
    groups.push(group)
    for (const one of group) left.delete(one)
  }
  return groups
}

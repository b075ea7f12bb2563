/**
 * The highest number of which each holder may keep so many that all together keep at most `total`:
 * who has less keeps what it has, who has more gives.
 */
export function fairShare(sizes: readonly number[], total: number): number {
  const ascending = sizes.toSorted((left, right) => left - right)
  let left = total
  for (const [index, size] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - index))
    if (size > share) return share
    left -= size
  }
  return Number.POSITIVE_INFINITY
}

/** Milliseconds to wait after the n-th failure in a row (from 1): doubling from `firstMs` to `maxMs`, half of it random. */
export function backoffMs(
  failures: number,
  random: number,
  { firstMs, maxMs }: { firstMs: number; maxMs: number },
): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(Math.max(failures - 1, 0), 20))
  return ceiling / 2 + (ceiling / 2) * random
}

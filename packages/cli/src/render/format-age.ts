const units: readonly [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1000, 's'],
]

/** How long ago something was, in its largest unit: `3s`, `12m`, `5d`. */
export function formatAge(at: number | null, now: number): string {
  if (at === null) return 'never'
  const age = Math.max(0, now - at)
  for (const [ms, unit] of units) if (age >= ms) return `${Math.floor(age / ms)}${unit}`
  return '0s'
}

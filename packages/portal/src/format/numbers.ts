const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

/** `1,204` */
export function formatCount(value: number): string {
  return whole.format(value)
}

/** `1.2K`, for axes and other narrow places. */
export function formatShort(value: number): string {
  return short.format(value)
}

/** A count with its noun: `1 member`, `1,204 members`. */
export function countOf(value: number, one: string, many = `${one}s`): string {
  return `${formatCount(value)} ${value === 1 ? one : many}`
}

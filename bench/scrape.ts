/** Metrics of a process at one moment, or the sums over several processes. */
export class Scrape {
  /** Series text (name with labels) → value. */
  readonly #series: ReadonlyMap<string, number>

  constructor(series: ReadonlyMap<string, number>) {
    this.#series = series
  }

  /** Reads the Prometheus text format. */
  static parse(text: string): Scrape {
    const series = new Map<string, number>()
    for (const line of text.split('\n')) {
      if (line === '' || line.startsWith('#')) continue
      const cut = line.lastIndexOf(' ')
      series.set(line.slice(0, cut), Number(line.slice(cut + 1)))
    }
    return new Scrape(series)
  }

  static sum(scrapes: readonly Scrape[]): Scrape {
    const series = new Map<string, number>()
    for (const scrape of scrapes) {
      for (const [key, value] of scrape.#series) series.set(key, (series.get(key) ?? 0) + value)
    }
    return new Scrape(series)
  }

  /** The sum of a metric over its labels, or over the series with one certain label (`shard="0"`). */
  total(name: string, label = ''): number {
    let total = 0
    for (const [key, value] of this.#series) {
      if ((key === name || key.startsWith(`${name}{`)) && key.includes(label)) total += value
    }
    return total
  }

  /** Cumulative counts by upper bound, in rising order, of a histogram without labels. */
  histogram(name: string): { readonly bound: number; readonly count: number }[] {
    const bucket = /le="([^"]+)"/
    return [...this.#series]
      .filter(([key]) => key.startsWith(`${name}_bucket{`))
      .map(([key, count]) => {
        const bound = bucket.exec(key)?.[1] ?? '+Inf'
        return { bound: bound === '+Inf' ? Infinity : Number(bound), count }
      })
      .toSorted((a, b) => a.bound - b.bound)
  }
}

/** What a histogram counted between two scrapes. */
export interface Spread {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
}

/** Percentiles are interpolated inside their bucket; above the last bound they are that bound. Units as observed. */
export function spreadBetween(before: Scrape, after: Scrape, name: string): Spread {
  const earlier = new Map(before.histogram(name).map(({ bound, count }) => [bound, count]))
  const buckets = after
    .histogram(name)
    .map(({ bound, count }) => ({ bound, count: count - (earlier.get(bound) ?? 0) }))
  const count = buckets.at(-1)?.count ?? 0
  const sum = after.total(`${name}_sum`) - before.total(`${name}_sum`)
  const quantile = (share: number) => {
    const wanted = share * count
    let lower = { bound: 0, count: 0 }
    for (const bucket of buckets) {
      if (bucket.count >= wanted) {
        if (bucket.bound === Infinity) return lower.bound
        const inside = (wanted - lower.count) / Math.max(1, bucket.count - lower.count)
        return lower.bound + (bucket.bound - lower.bound) * inside
      }
      lower = bucket
    }
    return lower.bound
  }
  return {
    count,
    mean: count === 0 ? 0 : sum / count,
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
  }
}

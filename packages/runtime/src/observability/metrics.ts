import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

const prefix = 'guildmesh_'

/** Seconds; from a fast SQLite commit to a move. */
const defaultBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * The metrics of one process. Names get the prefix `guildmesh_`; asking again for a name gives the same metric, so
 * parts need not know of each other.
 */
export class Metrics {
  readonly registry = new Registry()
  readonly #counters = new Map<string, Counter>()
  readonly #gauges = new Map<string, Gauge>()
  readonly #histograms = new Map<string, Histogram>()

  constructor(options: { readonly processMetrics?: boolean } = {}) {
    if (options.processMetrics ?? true) collectDefaultMetrics({ register: this.registry, prefix })
  }

  counter(name: string, help: string, labels: readonly string[] = []): Counter {
    return getOrMake(this.#counters, name, () => new Counter(this.#describe(name, help, labels)))
  }

  gauge(name: string, help: string, labels: readonly string[] = []): Gauge {
    return getOrMake(this.#gauges, name, () => new Gauge(this.#describe(name, help, labels)))
  }

  histogram(
    name: string,
    help: string,
    labels: readonly string[] = [],
    buckets: readonly number[] = defaultBuckets,
  ): Histogram {
    return getOrMake(
      this.#histograms,
      name,
      () => new Histogram({ ...this.#describe(name, help, labels), buckets: [...buckets] }),
    )
  }

  #describe(name: string, help: string, labels: readonly string[]) {
    return { name: `${prefix}${name}`, help, labelNames: [...labels], registers: [this.registry] }
  }
}

function getOrMake<T>(known: Map<string, T>, name: string, make: () => T): T {
  const found = known.get(name) ?? make()
  known.set(name, found)
  return found
}

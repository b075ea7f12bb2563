type Labels = Record<string, string | number>

export interface Counter {
  inc(labels: Labels, value?: number): void
}
export interface Gauge {
  set(labels: Labels, value: number): void
}
export interface Histogram {
  observe(labels: Labels, value: number): void
}

/** What the parts of a service need of `Metrics`, which adds the prefix `guildmesh_` to names. */
export interface MetricsPort {
  counter(name: string, help: string, labels?: readonly string[]): Counter
  gauge(name: string, help: string, labels?: readonly string[]): Gauge
  histogram(name: string, help: string, labels?: readonly string[], buckets?: readonly number[]): Histogram
}

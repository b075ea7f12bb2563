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

/** The part of `Metrics` that parts of a service use; names get the mesh's prefix there. */
export interface MetricsPort {
  counter(name: string, help: string, labels?: readonly string[]): Counter
  gauge(name: string, help: string, labels?: readonly string[]): Gauge
  histogram(name: string, help: string, labels?: readonly string[], buckets?: readonly number[]): Histogram
}

import type { Metrics } from '@guildmesh/runtime'

/** What became of a request to the interactions endpoint. */
export type WebhookOutcome =
  | 'answered'
  | 'late'
  | 'ping'
  | 'event-ping'
  | 'event'
  | 'signature-missing'
  | 'signature-malformed'
  | 'signature-mismatch'
  | 'unreadable'
  | 'refused'

/** Counts and times requests to the interactions endpoint. */
export interface WebhookMetrics {
  ended(outcome: WebhookOutcome, durationMs: number): void
}

export function createWebhookMetrics(metrics: Metrics): WebhookMetrics {
  const requests = metrics.counter(
    'edge_webhook_requests_total',
    'Requests to the interactions endpoint, by what became of them',
    ['outcome'],
  )
  const durations = metrics.histogram(
    'edge_webhook_duration_seconds',
    'From the first byte of a request to the interactions endpoint to its answer',
    ['outcome'],
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 2.3, 2.5, 3],
  )
  return {
    ended(outcome, durationMs) {
      requests.inc({ outcome })
      durations.observe({ outcome }, durationMs / 1000)
    },
  }
}

import { isSpanContextValid, type SpanContext, TraceFlags } from '@opentelemetry/api'

/** A span's place in its trace as the W3C header `traceparent` writes it. https://www.w3.org/TR/trace-context/ */
export function formatTraceparent(span: SpanContext): string {
  const flags = span.traceFlags.toString(16).padStart(2, '0')
  return `00-${span.traceId}-${span.spanId}-${flags}`
}

/** The place that a `traceparent` names; `null` if it is not a valid one. */
export function parseTraceparent(text: string | null): SpanContext | null {
  const match = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(text ?? '')
  const [, traceId, spanId, flags] = match ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return null
  const span: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED,
    isRemote: true,
  }
  return isSpanContextValid(span) ? span : null
}

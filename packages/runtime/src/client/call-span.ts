import { randomUUID } from 'node:crypto'
import { context, type Span, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api'
import { formatTraceparent, parseTraceparent } from '../observability/traceparent.ts'

export interface CallSpan {
  /** Sent to the other side. */
  readonly traceparent: string
  /** @param failure kind of the failure; `null` if the call succeeded */
  end(failure: string | null): void
}

/**
 * Starts the client span of a call, as a child of the span that the caller's `traceparent` names. Without a registered
 * OpenTelemetry SDK nothing is recorded, but the trace id is still passed on (a new one if the caller had none).
 */
export function startCallSpan(path: string, target: string, parent: string | null): CallSpan {
  const above = parseTraceparent(parent)
  const parentContext = above ? trace.setSpanContext(context.active(), above) : context.active()
  const span = trace.getTracer('guildmesh').startSpan(
    path,
    {
      kind: SpanKind.CLIENT,
      attributes: { 'rpc.system': 'trpc', 'rpc.method': path, 'server.address': target },
    },
    parentContext,
  )
  return {
    traceparent: traceparentOf(span),
    end(failure) {
      if (failure !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: failure })
      span.end()
    },
  }
}

function traceparentOf(span: Span): string {
  const own = span.spanContext()
  if (trace.isSpanContextValid(own)) return formatTraceparent(own)
  // Node keeps a pool of random bytes for UUIDs, so they cost a fraction of `randomBytes`.
  return formatTraceparent({
    traceId: randomUUID().replaceAll('-', ''),
    spanId: randomUUID().replaceAll('-', '').slice(16),
    traceFlags: TraceFlags.NONE,
  })
}

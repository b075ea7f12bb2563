import { STATUS_CODES } from 'node:http'
import { RateLimited } from './rate-limited.ts'
import type { RateLimiter } from './rate-limiter.ts'
import type { RestFault } from './rest-faults.ts'
import type { RestReply } from './route.ts'

/** Statuses that Node has no name for: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/ */
const proxyStatuses: Record<number, string> = {
  520: 'Web server is returning an unknown error',
  521: 'Web server is down',
  522: 'Connection timed out',
  524: 'A timeout occurred',
}

/** What Discord, or the proxy in front of it, answers in the place of the real answer. */
export function faultAnswer(fault: RestFault, limiter: RateLimiter): RestReply {
  const status = fault.status ?? 500
  if (status === 429) return limitedAnswer(fault, limiter)
  if (fault.body === 'html') return htmlPage(status)
  return { status, body: fault.body === 'empty' ? '' : jsonBody(status) }
}

function limitedAnswer(fault: RestFault, limiter: RateLimiter): RestReply {
  const full = limiter.refuse(
    new RateLimited({ scope: fault.scope ?? 'user', waitMs: fault.retryAfterMs ?? 1_000, code: fault.code }),
  )
  const retryAfter = full.headers?.['retry-after'] ?? '1'
  const kept = fault.bare ? {} : { 'retry-after': retryAfter }
  if (fault.body === 'html') {
    const page = htmlPage(429)
    return { ...page, headers: { ...page.headers, ...kept } }
  }
  if (fault.body === 'empty') return { status: 429, headers: kept, body: '' }
  return fault.bare ? { status: 429, body: full.body } : full
}

/** A 403 that is Discord's own verdict comes from a route; this one says that the proxy blocks the caller. */
function jsonBody(status: number): { message: string; code: number } {
  if (status === 403) return { message: 'internal network error', code: 40333 }
  return { message: `${status}: ${STATUS_CODES[status] ?? proxyStatuses[status] ?? 'Unknown'}`, code: 0 }
}

function htmlPage(status: number): RestReply {
  const title = `${status} ${STATUS_CODES[status] ?? proxyStatuses[status] ?? 'Unknown'}`
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n`
  return { status, headers: { 'content-type': 'text/html' }, body }
}

import { Secret } from '../config/secret.ts'

const redacted = '[redacted]'
const maxDepth = 8
const maxItems = 200

/** Keys (in lower case, without `_` and `-`) whose value never reaches a log. `content` is what people wrote. */
const hiddenKeys = new Set(['content', 'secret', 'cookie', 'authorization', 'databaseurl', 'sealedtokens'])
const hiddenEndings = [
  'token',
  'secret',
  'password',
  'passphrase',
  'cookie',
  'apikey',
  'privatekey',
  'credential',
]

/** Secrets inside texts: bearer headers, JWTs, Discord bot tokens, passwords in URLs. */
const hiddenTexts: readonly [RegExp, string][] = [
  [/\b(Bearer|Bot|Basic) [\w.~+/=-]{8,}/g, `$1 ${redacted}`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, redacted],
  [/\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}/g, redacted],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s/@]+@/gi, `$1:${redacted}@`],
]

/** A text without the secrets that can be told by their form. */
export function redactText(text: string): string {
  return hiddenTexts.reduce((left, [pattern, replacement]) => left.replace(pattern, replacement), text)
}

/** A copy of a log record's data without secrets, however deep they are nested. */
export function redact(value: unknown): unknown {
  return redactValue(value, 0, new Set())
}

/** Whether values under this key are hidden. */
export function isHiddenKey(key: string): boolean {
  const plain = key.toLowerCase().replaceAll(/[_-]/g, '')
  return hiddenKeys.has(plain) || hiddenEndings.some((ending) => plain.endsWith(ending))
}

function redactValue(value: unknown, depth: number, above: Set<object>): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Secret) return redacted
  if (above.has(value)) return '[circular]'
  if (depth >= maxDepth) return '[too deep]'
  above.add(value)
  try {
    if (value instanceof Error) return redactError(value, depth, above)
    if (value instanceof Date) return value.toISOString()
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
    if (value instanceof Map) return redactRecord(Object.fromEntries(value), depth, above)
    const items = value instanceof Set ? [...value] : value
    if (Array.isArray(items)) {
      const kept = items.slice(0, maxItems).map((item) => redactValue(item, depth + 1, above))
      return items.length > maxItems ? [...kept, `[${items.length - maxItems} more]`] : kept
    }
    return redactRecord(value, depth, above)
  } finally {
    above.delete(value)
  }
}

function redactRecord(record: object, depth: number, above: Set<object>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([key, item]) => [
      key,
      isHiddenKey(key) && item !== null && item !== undefined
        ? redacted
        : redactValue(item, depth + 1, above),
    ]),
  )
}

function redactError(error: Error, depth: number, above: Set<object>): Record<string, unknown> {
  const cause = error.cause === undefined ? {} : { cause: redactValue(error.cause, depth + 1, above) }
  return {
    ...redactRecord(error, depth, above),
    ...cause,
    type: error.name,
    message: redactText(error.message),
    stack: error.stack === undefined ? undefined : redactText(error.stack),
  }
}

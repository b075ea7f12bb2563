/**
 * A fresh key that makes repeating a command harmless (32 hex digits, 128 random bits).
 * Not `crypto.randomUUID`: browsers offer that on secure origins only, and a portal on a company network may be none.
 */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

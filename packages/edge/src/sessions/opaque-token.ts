import { createHash, randomBytes } from 'node:crypto'

/** A new secret that means nothing by itself: 32 random bytes, in base64url. */
export function createOpaqueToken(): string {
  return randomBytes(32).toString('base64url')
}

/** The form in which an opaque token is stored and looked up: its SHA-256, in hex. A token is random, so no salt is needed. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

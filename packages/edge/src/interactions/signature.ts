import type { webcrypto } from 'node:crypto'

/** What became of a request's signature; only `valid` lets the body be read. */
export type SignatureVerdict = 'valid' | 'missing' | 'malformed' | 'mismatch'

/** A request's two signature headers, as Node gives them. */
export interface SignatureHeaders {
  readonly signature: string | string[] | undefined
  readonly timestamp: string | string[] | undefined
}

/** Verifies that Discord signed exactly these bytes. Never throws: what cannot be verified is not valid. */
export type VerifySignature = (headers: SignatureHeaders, body: Uint8Array) => Promise<SignatureVerdict>

/** Ed25519 signatures have 64 bytes. `Buffer.from(…, 'hex')` stops silently at a bad digit, so the text is checked. */
const signatureFormat = /^[0-9a-fA-F]{128}$/
/** Discord's timestamp is in seconds since 1970. */
const timestampFormat = /^[0-9]{1,16}$/

/**
 * Makes the verifier for an application's public key (64 hex digits). Discord signs `timestamp + raw body`; it
 * states no age limit, and repeated interactions are recognised by their owner, so an old timestamp is no fault.
 * Source: https://discord.com/developers/docs/interactions/overview#setting-up-an-endpoint-validating-security-request-headers
 */
export async function createSignatureVerifier(publicKeyHex: string): Promise<VerifySignature> {
  const key = await crypto.subtle.importKey('raw', Buffer.from(publicKeyHex, 'hex'), 'Ed25519', false, [
    'verify',
  ])
  return (headers, body) => verify(key, headers, body)
}

async function verify(
  key: webcrypto.CryptoKey,
  { signature, timestamp }: SignatureHeaders,
  body: Uint8Array,
): Promise<SignatureVerdict> {
  if (signature === undefined || timestamp === undefined) return 'missing'
  if (typeof signature !== 'string' || !signatureFormat.test(signature)) return 'malformed'
  if (typeof timestamp !== 'string' || !timestampFormat.test(timestamp)) return 'malformed'
  const signed = Buffer.concat([Buffer.from(timestamp, 'latin1'), body])
  try {
    const matches = await crypto.subtle.verify('Ed25519', key, Buffer.from(signature, 'hex'), signed)
    return matches ? 'valid' : 'mismatch'
  } catch {
    // Fail closed: an engine that refuses the signature's encoding has not verified it.
    return 'mismatch'
  }
}

import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** PKCS #8 header of an Ed25519 private key; the 32 bytes of the seed follow. */
const pkcs8Header = Buffer.from('302e020100300506032b657004220420', 'hex')

/** An Ed25519 key pair from 32 bytes; the public half in hex, as Discord's portal shows it. */
export function keyPairFromSeed(seed: Buffer): { privateKeyPem: string; publicKey: string } {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Header, seed]), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  return {
    privateKeyPem: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
    publicKey: spki.subarray(-32).toString('hex'),
  }
}

/** Signs bodies the way Discord signs what it posts to an application. */
export class RequestSigner {
  readonly #key: KeyObject

  constructor(privateKeyPem: string) {
    this.#key = createPrivateKey(privateKeyPem)
  }

  headers(body: string, timestampSeconds: number): Record<string, string> {
    const timestamp = String(timestampSeconds)
    return {
      'content-type': 'application/json',
      'user-agent': 'Discord-Interactions/1.0 (+https://discord.com)',
      'x-signature-ed25519': sign(null, Buffer.from(timestamp + body), this.#key).toString('hex'),
      'x-signature-timestamp': timestamp,
    }
  }

  /** Headers of the right form whose signature does not fit: an application must answer 401. */
  badHeaders(body: string, timestampSeconds: number): Record<string, string> {
    return { ...this.headers(`${body} `, timestampSeconds) }
  }
}

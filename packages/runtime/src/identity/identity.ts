import type { ServiceName } from '@guildmesh/contracts'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'

/** Lifetime of a service token. */
export const tokenLifetimeSeconds = 60

/** Proves who makes a call. */
export interface TokenSource {
  /** A token for the service role or gateway that is called. */
  token(audience: string): Promise<string>
}

/** One process of the mesh, with a key pair of its own. The private key never leaves the process. */
export interface Identity extends TokenSource {
  readonly name: ServiceName
  /** Thumbprint of the public key (RFC 7638). */
  readonly kid: string
  /** The `x` of the public key's JWK. */
  readonly publicKey: string
}

/** Makes the identity of this process: a new Ed25519 key pair, and tokens of 60 s signed with it. */
export async function createIdentity(name: ServiceName): Promise<Identity> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
  const jwk = await exportJWK(publicKey)
  if (jwk.x === undefined) throw new Error('the runtime made an Ed25519 key without a public part')
  const kid = await calculateJwkThumbprint(jwk)
  const sign = (audience: string) =>
    new SignJWT()
      .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT' })
      .setIssuer(name)
      .setSubject(name)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${tokenLifetimeSeconds}s`)
      .sign(privateKey)
  return { name, kid, publicKey: jwk.x, token: reuseTokens(sign) }
}

/** Signs again only when half of a token's lifetime is over, by the monotonic clock. */
function reuseTokens(sign: (audience: string) => Promise<string>): (audience: string) => Promise<string> {
  const reuseMs = (tokenLifetimeSeconds * 1000) / 2
  const signed = new Map<string, { token: Promise<string>; at: number }>()
  return (audience) => {
    const known = signed.get(audience)
    if (known && performance.now() - known.at < reuseMs) return known.token
    const token = sign(audience)
    signed.set(audience, { token, at: performance.now() })
    return token
  }
}

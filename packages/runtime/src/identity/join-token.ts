import { hkdfSync } from 'node:crypto'
import { ServiceName } from '@guildmesh/contracts'
import { jwtVerify, SignJWT } from 'jose'
import type { Secret } from '../config/secret.ts'
import { tokenLifetimeSeconds } from './identity.ts'

const joinAudience = 'config'

/**
 * A token that proves knowledge of the mesh's join secret, good for registering the key of `name` and nothing else.
 * The secret itself signs nothing: a key is derived from it for this one purpose (HKDF, RFC 5869).
 */
export async function joinToken(secret: Secret, name: ServiceName): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256', typ: 'join+jwt' })
    .setSubject(name)
    .setAudience(joinAudience)
    .setIssuedAt()
    .setExpirationTime(`${tokenLifetimeSeconds}s`)
    .sign(joinKey(secret))
}

/**
 * The name that a join token was made for.
 * @throws a `jose` error if the token is not valid
 */
export async function verifyJoinToken(
  token: string,
  secret: Secret,
  clockToleranceSeconds: number,
): Promise<ServiceName> {
  const { payload } = await jwtVerify(token, joinKey(secret), {
    algorithms: ['HS256'],
    typ: 'join+jwt',
    audience: joinAudience,
    clockTolerance: clockToleranceSeconds,
    maxTokenAge: tokenLifetimeSeconds,
    requiredClaims: ['sub', 'exp', 'iat'],
  })
  return ServiceName.parse(payload.sub)
}

function joinKey(secret: Secret): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret.reveal(), 'guildmesh', 'join token v1', 32))
}

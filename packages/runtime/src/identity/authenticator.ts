import {
  type AuthenticatorPort,
  type Caller,
  type FailureOf,
  GatewayId,
  MeshError,
  roleOf,
  type ServiceName,
} from '@guildmesh/contracts'
import { decodeProtectedHeader, errors, jwtVerify, type ProtectedHeaderParameters } from 'jose'
import { LRUCache } from 'lru-cache'
import type { Secret } from '../config/secret.ts'
import { tokenLifetimeSeconds } from './identity.ts'
import { verifyJoinToken } from './join-token.ts'
import { KeyRing, type KeySource } from './key-ring.ts'

/** How far the clocks of two machines may differ. */
const clockToleranceSeconds = 60

export interface AuthenticatorOptions {
  /** Whom tokens must be addressed to: a service role (`config`, `edge`) or a gateway's id. */
  readonly audience: string
  readonly keySource: KeySource
  /** Only at the config API: accepts join tokens. */
  readonly joinSecret?: Secret
}

export interface Authenticator extends AuthenticatorPort {
  /** Loads the services' keys now. Rejects if they cannot be loaded. */
  refresh(): Promise<void>
}

interface Verified {
  readonly caller: Caller
  readonly kid: string
  /** Seconds since 1970, tolerance included. */
  readonly notAfter: number
}

type Reason = FailureOf<'Unauthenticated'>['reason']

/** Verifies who makes a call, from the token that the call carries. */
export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const ring = new KeyRing(options.keySource)
  // A process sends the same token for half a minute; its signature is checked once.
  const verified = new LRUCache<string, Verified>({ max: 1000 })

  async function authenticateService(token: string, kid: string): Promise<Caller> {
    const key = await ring.find(kid)
    if (!key) throw unauthenticated('unknown-key')
    const known = verified.get(token)
    if (known?.kid === kid && Date.now() / 1000 < known.notAfter) return known.caller
    const { payload } = await jwtVerify(token, key.key, {
      algorithms: ['EdDSA'],
      audience: options.audience,
      issuer: key.name,
      subject: key.name,
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['sub', 'iss', 'aud', 'exp', 'iat'],
    })
    const { exp, iat } = payload
    if (exp === undefined || iat === undefined || exp - iat > tokenLifetimeSeconds) {
      throw unauthenticated('malformed')
    }
    const caller = serviceCaller(key.name)
    verified.set(token, { caller, kid, notAfter: exp + clockToleranceSeconds })
    return caller
  }

  return {
    refresh: () => ring.refresh(),
    async authenticate(token) {
      if (token === '') throw unauthenticated('missing')
      try {
        const { alg, kid } = readHeader(token)
        if (alg === 'EdDSA' && kid !== undefined) return await authenticateService(token, kid)
        if (alg === 'HS256' && options.joinSecret) {
          return {
            kind: 'joining',
            name: await verifyJoinToken(token, options.joinSecret, clockToleranceSeconds),
          }
        }
        throw unauthenticated('bad-signature')
      } catch (error) {
        throw error instanceof MeshError ? error : unauthenticated(reasonOf(error), error)
      }
    },
  }
}

function readHeader(token: string): ProtectedHeaderParameters {
  try {
    return decodeProtectedHeader(token)
  } catch (error) {
    throw unauthenticated('malformed', error)
  }
}

function serviceCaller(name: ServiceName): Caller {
  const role = roleOf(name)
  if (role !== 'gateway') return { kind: 'service', name, role, gatewayId: null }
  const gatewayId = GatewayId.safeParse(name)
  if (!gatewayId.success) throw unauthenticated('malformed')
  return { kind: 'service', name, role, gatewayId: gatewayId.data }
}

function reasonOf(error: unknown): Reason {
  if (error instanceof errors.JWTExpired) return 'expired'
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return 'wrong-audience'
    return error.claim === 'iat' ? 'expired' : 'malformed'
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed) {
    return 'bad-signature'
  }
  return 'malformed'
}

function unauthenticated(reason: Reason, cause?: unknown): MeshError {
  return new MeshError({ kind: 'Unauthenticated', reason }, { cause })
}

import { type AuthenticatorPort, type Caller, MeshError } from '@guildmesh/contracts'
import type { WorkLimits } from '../database/database.ts'
import { hashOperatorToken, type OperatorTokenStore } from '../identity/operator-token-store.ts'

/** The longest header that is looked at: a service token has some 400 characters. */
const longestHeader = 4200

/**
 * Who makes a REST request: a person or program with an operator token, or a service with its own.
 * @param header the Authorization header, as it came
 * @throws MeshError Unauthenticated
 */
export async function identifyBearer(
  header: string | undefined,
  parts: { readonly operators: OperatorTokenStore; readonly authenticator: AuthenticatorPort },
  limits: WorkLimits,
): Promise<Caller> {
  if (header === undefined) throw new MeshError({ kind: 'Unauthenticated', reason: 'missing' })
  const token = header.length <= longestHeader ? /^Bearer ([\w.~+/-]+=*)$/i.exec(header)?.[1] : undefined
  if (token === undefined) throw new MeshError({ kind: 'Unauthenticated', reason: 'malformed' })
  // A JWT has three parts; an operator token has no dot in it.
  if (token.split('.').length === 3) return parts.authenticator.authenticate(token)
  const known = await parts.operators.verify({ tokenHash: hashOperatorToken(token) }, limits)
  return { kind: 'operator', actor: `operator-token:${known.name}`, userId: null }
}

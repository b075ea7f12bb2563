import { z } from 'zod'
import { GatewayId, UserId } from '../ids.ts'

/** What a process of the mesh is. */
export const ServiceRole = z.enum(['config', 'gateway', 'edge', 'witness'])
export type ServiceRole = z.infer<typeof ServiceRole>

/** Name of one process of the mesh, unique in it: `config-<n>`, `edge-<n>`, or a gateway's id. */
export const ServiceName = z
  .string()
  .regex(/^(config|edge|gateway|witness)-[a-z0-9][a-z0-9-]{0,60}$/, 'must be <role>-<name>')
export type ServiceName = z.infer<typeof ServiceName>

/** The role that a service's name states. */
export function roleOf(name: ServiceName): ServiceRole {
  return ServiceRole.parse(name.slice(0, name.indexOf('-')))
}

/**
 * Who makes a call, after the token was verified.
 * - `joining`: a process that proved knowledge of the mesh's join secret, to have its public key registered;
 * - `service`: a process that signed its token with a registered key;
 * - `operator`: a person or program with an operator token, or a signed-in user listed as operator;
 * - `user`: a person signed in to the portal.
 */
export type Caller =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'joining'; readonly name: ServiceName }
  | {
      readonly kind: 'service'
      readonly name: ServiceName
      readonly role: ServiceRole
      readonly gatewayId: GatewayId | null
    }
  | { readonly kind: 'operator'; readonly actor: string; readonly userId: UserId | null }
  | { readonly kind: 'user'; readonly userId: UserId; readonly sessionId: string }

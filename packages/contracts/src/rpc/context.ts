import type { Failure } from '../failures/failure.ts'
import type { Caller } from './caller.ts'

/** Verifies who makes a call. Implemented by each service's runtime. */
export interface AuthenticatorPort {
  /**
   * Verifies a service token or join token that is addressed to this service.
   * @throws MeshError Unauthenticated
   */
  authenticate(token: string): Promise<Caller>
}

/** Called when a call begins; the function that it returns is called when the call has ended. For metrics and draining. */
export type CallObserver = (call: {
  readonly path: string
  readonly type: 'query' | 'mutation' | 'subscription'
}) => (failure: Failure | null) => void

/** The tRPC context of every procedure: the port that answers it, and how its caller is identified. */
export interface RpcContext<Port> {
  readonly port: Port
  readonly observe?: CallObserver | undefined
  readonly transport:
    | { readonly kind: 'mesh'; readonly authenticator: AuthenticatorPort }
    /** A caller that an HTTP adapter (session cookie, bearer token) has verified before the call. */
    | { readonly kind: 'http'; readonly caller: Caller; readonly traceparent: string | null }
}

import type { Caller } from './caller.ts'

/** Verifies who makes a call. Implemented by each service's runtime. */
export interface AuthenticatorPort {
  /**
   * Verifies a service token or join token that is addressed to this service.
   * @throws MeshError Unauthenticated
   */
  authenticate(token: string): Promise<Caller>
}

/** The tRPC context of every procedure: the port that answers it, and how its caller is known. */
export interface RpcContext<Port> {
  readonly port: Port
  readonly transport:
    | { readonly kind: 'mesh'; readonly authenticator: AuthenticatorPort }
    /** A caller that an HTTP adapter (session cookie, bearer token) has verified before the call. */
    | { readonly kind: 'http'; readonly caller: Caller; readonly traceparent: string | null }
}

import { z } from 'zod'

/**
 * What travels beside the input of every call inside the mesh. The token is per call, so that a connection
 * cannot outlive it. Times are durations: no two machines' clocks are compared.
 */
export const Envelope = z.object({
  /** Wire version that the client speaks. */
  v: z.int().min(1),
  /** Service token (Ed25519 JWT) or join token. */
  token: z.string().max(4096),
  /** Milliseconds that the caller will wait; absent for a subscription. */
  budgetMs: z.number().min(0).max(600_000).optional(),
  /** W3C traceparent. */
  trace: z.string().max(128).optional(),
})
export type Envelope = z.infer<typeof Envelope>

/** The input of a call inside the mesh, as it is on the wire. */
export const MeshInput = z.object({
  mesh: Envelope,
  /** Absent if the procedure takes none. */
  input: z.unknown().optional(),
  /** Put beside the envelope by tRPC when a subscription is resumed. */
  lastEventId: z.string().optional(),
})

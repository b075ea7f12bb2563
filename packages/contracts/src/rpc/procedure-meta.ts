import type { z } from 'zod'
import type { ServiceRole } from './caller.ts'

/**
 * Who may call a procedure:
 * - `public`: anybody;
 * - `joining`: a process with the mesh's join secret;
 * - `service`: processes of the roles named in `services`;
 * - `user`: anybody signed in to the portal;
 * - `guild`: somebody signed in who has the stated permission in the guild that the input names;
 * - `admin`: operators.
 */
export type CallerClass = 'public' | 'joining' | 'service' | 'user' | 'guild' | 'admin'

/** The field of the input that decides which process must answer. */
export type OwnerKey = 'guildId' | 'gatewayId' | 'shardId' | 'none'

/** What every procedure states about itself. */
export interface ProcedureMeta {
  readonly callers: readonly CallerClass[]
  /** For the caller class `service`: the roles that may call. Empty if services may not. */
  readonly services: readonly ServiceRole[]
  /** Longest time, in milliseconds, that a call may take. Subscriptions have none: `null`. */
  readonly deadlineMs: number | null
  /** Whether repeating the call is harmless, so that a client may retry it by itself. */
  readonly idempotent: boolean
  readonly ownerKey: OwnerKey
  /** Of a subscription: the schema of its events, by which clients parse them. */
  readonly event?: z.ZodType
}

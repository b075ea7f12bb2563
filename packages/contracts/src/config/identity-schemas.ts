import { z } from 'zod'
import { EpochMs, UserId } from '../ids.ts'
import { ServiceName } from '../rpc/caller.ts'

/** A service's public key: Ed25519, as the `x` of its JWK (32 bytes, base64url). */
const Ed25519PublicKey = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 32 bytes in base64url')

export const ServiceKey = z.object({
  name: ServiceName,
  /** The key's id in a token's header. */
  kid: z.string().min(8).max(64),
  publicKey: Ed25519PublicKey,
})
export type ServiceKey = z.infer<typeof ServiceKey>

/** How long a registered key stays valid unless it is registered again; milliseconds. */
export const EnrolReply = z.object({ validForMs: z.int().min(1) })
export const ServiceKeys = z.object({ keys: z.array(ServiceKey) })

/** SHA-256 of an opaque secret, in hex: secrets themselves are never stored. */
export const SecretHash = z.string().regex(/^[0-9a-f]{64}$/)

export const PortalUser = z.object({
  userId: UserId,
  name: z.string().min(1).max(100),
  avatar: z.string().max(100).nullable(),
})
export type PortalUser = z.infer<typeof PortalUser>

export const CreateSessionInput = z.object({
  tokenHash: SecretHash,
  user: PortalUser,
  /** Discord's OAuth tokens, encrypted by the edge; only an edge can read them. */
  sealedTokens: z.string().max(8192),
  lifetimeMs: z
    .int()
    .min(60_000)
    .max(90 * 86_400_000),
})
export const FindSessionInput = z.object({ tokenHash: SecretHash })
export const Session = z.object({
  sessionId: z.uuid(),
  user: PortalUser,
  sealedTokens: z.string(),
  createdAt: EpochMs,
  expiresAt: EpochMs,
})
export type Session = z.infer<typeof Session>

export const ResealSessionInput = z.object({ sessionId: z.uuid(), sealedTokens: z.string().max(8192) })
export const RevokeSessionInput = z.object({ sessionId: z.uuid() })

export const CreateOperatorTokenInput = z.object({
  name: z.string().min(1).max(100),
  tokenHash: SecretHash,
  createdBy: z.string().min(1).max(200),
})
export const OperatorToken = z.object({
  tokenId: z.uuid(),
  name: z.string(),
  createdBy: z.string(),
  createdAt: EpochMs,
  lastUsedAt: EpochMs.nullable(),
  revokedAt: EpochMs.nullable(),
})
export type OperatorToken = z.infer<typeof OperatorToken>
export const OperatorTokenList = z.object({ tokens: z.array(OperatorToken) })
export const OperatorTokenInput = z.object({
  tokenId: z.uuid(),
  /** Who asked for it, as the audit log shows it, if a service calls for somebody. */
  actor: z.string().max(200).optional(),
})
export const VerifyOperatorTokenInput = z.object({ tokenHash: SecretHash })

export const AuditEntry = z.object({
  actor: z.string().min(1).max(200),
  action: z.string().min(1).max(100),
  subject: z.string().max(200),
  reason: z.string().max(500).nullable(),
})
export const AuditRow = AuditEntry.extend({ at: EpochMs, entryId: z.string(), hash: SecretHash })
export const AuditPage = z.object({ entries: z.array(AuditRow) })
export const ListAuditInput = z.object({ limit: z.int().min(1).max(500).default(100) })

import { createHash, randomUUID } from 'node:crypto'
import { type Call, MeshError, type OperatorPort, type OperatorToken } from '@guildmesh/contracts'
import type { Secret } from '@guildmesh/runtime'
import { desc, eq, sql } from 'drizzle-orm'
import { actorOfCall } from '../audit/actor.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { Database, WorkLimits } from '../database/database.ts'
import { operatorTokens } from '../database/schema.ts'

type Input<M extends keyof OperatorPort> = Parameters<OperatorPort[M]>[0]
type TokenRow = typeof operatorTokens.$inferSelect

/** A token that is used all the time writes its time of use this often, not with each call. */
const useGranularity = sql`interval '1 minute'`

/** How operator tokens are looked up: only their SHA-256 is stored. */
export function hashOperatorToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

/** Tokens of people and programs that operate the mesh: hashed, revocable. */
export class OperatorTokenStore implements OperatorPort {
  readonly #database: Database
  readonly #audit: AuditLog

  constructor(parts: { database: Database; audit: AuditLog }) {
    this.#database = parts.database
    this.#audit = parts.audit
  }

  create({ name, tokenHash, createdBy }: Input<'create'>, call: Call): Promise<OperatorToken> {
    const tokenId = randomUUID()
    const entry = this.#audit.prepare({
      actor: actorOfCall(call, createdBy),
      action: 'operator-token.create',
      subject: name,
      reason: null,
    })
    return this.#database.transact(async (tx) => {
      await tx
        .insert(operatorTokens)
        .values({ tokenId, name, tokenHash, createdBy })
        .onConflictDoNothing({ target: operatorTokens.tokenHash })
      const [row] = await tx.select().from(operatorTokens).where(eq(operatorTokens.tokenHash, tokenHash))
      if (row?.tokenId !== tokenId) {
        throw new MeshError({ kind: 'Forbidden', reason: 'the operator token is in use' })
      }
      await entry.appendIn(tx)
      return tokenOf(row)
    }, call)
  }

  list(call: Call): Promise<{ tokens: OperatorToken[] }> {
    return this.#database.run(async (queries) => {
      const rows = await queries.select().from(operatorTokens).orderBy(desc(operatorTokens.createdAt))
      return { tokens: rows.map(tokenOf) }
    }, call)
  }

  revoke({ tokenId, actor }: Input<'revoke'>, call: Call): Promise<OperatorToken> {
    const entry = this.#audit.prepare({
      actor: actorOfCall(call, actor),
      action: 'operator-token.revoke',
      subject: tokenId,
      reason: null,
    })
    return this.#database.transact(async (tx) => {
      const [row] = await tx
        .select()
        .from(operatorTokens)
        .where(eq(operatorTokens.tokenId, tokenId))
        .for('update')
      if (!row) throw new MeshError({ kind: 'NotFound', what: 'operator token', id: tokenId })
      if (row.revokedAt) return tokenOf(row)
      const [revoked] = await tx
        .update(operatorTokens)
        .set({ revokedAt: sql`clock_timestamp()` })
        .where(eq(operatorTokens.tokenId, tokenId))
        .returning()
      await entry.appendIn(tx)
      return tokenOf(revoked ?? row)
    }, call)
  }

  async verify({ tokenHash }: Input<'verify'>, limits: WorkLimits): Promise<OperatorToken> {
    const row = await this.#database.run(async (queries) => {
      const [found] = await queries
        .select()
        .from(operatorTokens)
        .where(eq(operatorTokens.tokenHash, tokenHash))
      if (!found || found.revokedAt) return found
      const [used] = await queries
        .update(operatorTokens)
        .set({ lastUsedAt: sql`clock_timestamp()` })
        .where(
          sql`${operatorTokens.tokenId} = ${found.tokenId} AND
            coalesce(${operatorTokens.lastUsedAt} < clock_timestamp() - ${useGranularity}, true)`,
        )
        .returning()
      return used ?? found
    }, limits)
    if (!row) throw new MeshError({ kind: 'Unauthenticated', reason: 'unknown-key' })
    if (row.revokedAt) throw new MeshError({ kind: 'Unauthenticated', reason: 'revoked' })
    return tokenOf(row)
  }

  /** Creates the token that a new mesh is operated with, unless it exists, even if it was revoked. */
  async ensureBootstrapToken(token: Secret, limits: WorkLimits): Promise<void> {
    await this.#database.run(
      (queries) =>
        queries
          .insert(operatorTokens)
          .values({
            tokenId: randomUUID(),
            name: 'bootstrap',
            tokenHash: hashOperatorToken(token.reveal()),
            createdBy: 'configuration',
          })
          .onConflictDoNothing({ target: operatorTokens.tokenHash }),
      limits,
    )
  }
}

function tokenOf(row: TokenRow): OperatorToken {
  return {
    tokenId: row.tokenId,
    name: row.name,
    createdBy: row.createdBy,
    createdAt: row.createdAt.getTime(),
    lastUsedAt: row.lastUsedAt?.getTime() ?? null,
    revokedAt: row.revokedAt?.getTime() ?? null,
  }
}

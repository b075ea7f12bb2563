import { randomUUID } from 'node:crypto'
import { type Call, MeshError, type Session, type SessionPort } from '@guildmesh/contracts'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database, Queries } from '../database/database.ts'
import { sessions, users } from '../database/schema.ts'

type Input<M extends keyof SessionPort> = Parameters<SessionPort[M]>[0]

const done = { done: true } as const

/** Portal sessions. Only hashes of their tokens are stored, and Discord's tokens only as the edge sealed them. */
export class SessionStore implements SessionPort {
  readonly #database: Database

  constructor({ database }: { database: Database }) {
    this.#database = database
  }

  create({ tokenHash, user, sealedTokens, lifetimeMs }: Input<'create'>, call: Call): Promise<Session> {
    const sessionId = randomUUID()
    return this.#database.transact(async (tx) => {
      const seen = { name: user.name, avatar: user.avatar, lastSeenAt: sql`clock_timestamp()` }
      await tx
        .insert(users)
        .values({ userId: user.userId, ...seen })
        .onConflictDoUpdate({ target: users.userId, set: seen })
      await tx
        .insert(sessions)
        .values({
          sessionId,
          tokenHash,
          userId: user.userId,
          sealedTokens,
          expiresAt: sql`clock_timestamp() + ${lifetimeMs} * interval '1 millisecond'`,
        })
        .onConflictDoNothing({ target: sessions.tokenHash })
      const created = await findLive(tx, tokenHash)
      if (created?.user.userId !== user.userId) {
        throw new MeshError({ kind: 'Forbidden', reason: 'the session token is in use' })
      }
      return created
    }, call)
  }

  async find({ tokenHash }: Input<'find'>, call: Call): Promise<Session> {
    const found = await this.#database.run((queries) => findLive(queries, tokenHash), call)
    if (!found) throw new MeshError({ kind: 'Unauthenticated', reason: 'expired' })
    return found
  }

  async reseal({ sessionId, sealedTokens }: Input<'reseal'>, call: Call): Promise<{ done: true }> {
    const changed = await this.#database.run(
      (queries) =>
        queries
          .update(sessions)
          .set({ sealedTokens })
          .where(and(eq(sessions.sessionId, sessionId), isNull(sessions.revokedAt)))
          .returning({ sessionId: sessions.sessionId }),
      call,
    )
    if (changed.length === 0) throw new MeshError({ kind: 'Unauthenticated', reason: 'revoked' })
    return done
  }

  async revoke({ sessionId }: Input<'revoke'>, call: Call): Promise<{ done: true }> {
    await this.#database.run(
      (queries) =>
        queries
          .update(sessions)
          // Nobody needs the sealed tokens any more.
          .set({ revokedAt: sql`clock_timestamp()`, sealedTokens: '' })
          .where(and(eq(sessions.sessionId, sessionId), isNull(sessions.revokedAt))),
      call,
    )
    return done
  }
}

/** @throws MeshError Unauthenticated if it was revoked or has expired. @returns `null` if there is none */
async function findLive(queries: Queries, tokenHash: string): Promise<Session | null> {
  const [row] = await queries
    .select({
      session: sessions,
      user: users,
      expired: sql<boolean>`${sessions.expiresAt} <= clock_timestamp()`,
    })
    .from(sessions)
    .innerJoin(users, eq(users.userId, sessions.userId))
    .where(eq(sessions.tokenHash, tokenHash))
  if (!row) return null
  if (row.session.revokedAt) throw new MeshError({ kind: 'Unauthenticated', reason: 'revoked' })
  if (row.expired) throw new MeshError({ kind: 'Unauthenticated', reason: 'expired' })
  const { sessionId, sealedTokens, createdAt, expiresAt } = row.session
  const { userId, name, avatar } = row.user
  return {
    sessionId,
    user: { userId, name, avatar },
    sealedTokens,
    createdAt: createdAt.getTime(),
    expiresAt: expiresAt.getTime(),
  }
}

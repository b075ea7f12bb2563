import { type Call, MeshError, type ServiceKey, type ServiceKeyPort } from '@guildmesh/contracts'
import { asc, gt, sql } from 'drizzle-orm'
import type { Database, WorkLimits } from '../database/database.ts'
import { serviceKeys } from '../database/schema.ts'

/** How long a key is accepted after it was registered, unless it is registered again. */
export const keyValidityMs = 15 * 60 * 1000

/** The public keys of every process of the mesh. */
export class ServiceKeyStore implements ServiceKeyPort {
  readonly #database: Database

  constructor({ database }: { database: Database }) {
    this.#database = database
  }

  async enrol(key: ServiceKey, call: Call): Promise<{ validForMs: number }> {
    const { caller } = call
    const name = caller.kind === 'joining' || caller.kind === 'service' ? caller.name : null
    if (name !== key.name) {
      throw new MeshError({ kind: 'Forbidden', reason: 'a process registers a key under its own name only' })
    }
    return this.store(key, call)
  }

  /** Registers a key without checking the caller: for this process's own key. @throws MeshError Forbidden */
  async store(key: ServiceKey, limits: WorkLimits): Promise<{ validForMs: number }> {
    const validUntil = sql`clock_timestamp() + ${keyValidityMs} * interval '1 millisecond'`
    const [stored] = await this.#database.run(
      (queries) =>
        queries
          .insert(serviceKeys)
          .values({ ...key, validUntil })
          .onConflictDoUpdate({
            target: serviceKeys.kid,
            set: { validUntil },
            // A key id belongs to the process that registered it first.
            setWhere: sql`${serviceKeys.name} = ${key.name} AND ${serviceKeys.publicKey} = ${key.publicKey}`,
          })
          .returning(),
      limits,
    )
    if (!stored) {
      throw new MeshError({ kind: 'Forbidden', reason: 'the key id is registered for another key' })
    }
    return { validForMs: keyValidityMs }
  }

  keys(limits: WorkLimits): Promise<{ keys: ServiceKey[] }> {
    return this.#database.run(async (queries) => {
      const keys = await queries
        .select({ name: serviceKeys.name, kid: serviceKeys.kid, publicKey: serviceKeys.publicKey })
        .from(serviceKeys)
        .where(gt(serviceKeys.validUntil, sql`clock_timestamp()`))
        .orderBy(asc(serviceKeys.name), asc(serviceKeys.kid))
      return { keys }
    }, limits)
  }
}

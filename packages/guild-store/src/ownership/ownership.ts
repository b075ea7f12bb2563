import { GuildId } from '@guildmesh/contracts'
import type { Database, Statement } from 'better-sqlite3'
import type { OwnershipRole } from '../schema/ownership-tables.ts'
import { type ReconciliationStep, type Assigned, decideReconciliation } from './decide-reconciliation.ts'
import type { OwnershipRow, Refusal } from './ownership-row.ts'

/** What became of an attempt to fence a guild. */
export type FenceOutcome =
  | { readonly kind: 'fenced' }
  /** The same move had fenced it, and the guild is gone since. */
  | { readonly kind: 'released' }
  | { readonly kind: 'has-data'; readonly tables: Readonly<Record<string, number>> }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** The table `guild_own`: which guilds this volume may serve, at which epoch. */
export class Ownership {
  readonly #database: Database
  readonly #countData: (guildId: GuildId) => Readonly<Record<string, number>>
  readonly #select: Statement<[string], StoredRow>
  readonly #upsert: Statement<[string, number, OwnershipRole, string | null, number]>
  /** The rows as committed; the volume's lock makes this process their only writer. */
  readonly #rows = new Map<GuildId, OwnershipRow>()

  constructor(database: Database, countData: (guildId: GuildId) => Readonly<Record<string, number>>) {
    this.#database = database
    this.#countData = countData
    this.#select = database.prepare('SELECT guild_id, epoch, role, move_id FROM guild_own WHERE guild_id = ?')
    this.#upsert = database.prepare(`
      INSERT INTO guild_own (guild_id, epoch, role, move_id, changed_at) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (guild_id) DO UPDATE SET epoch = excluded.epoch, role = excluded.role,
        move_id = excluded.move_id, changed_at = excluded.changed_at`)
    const all = database.prepare<[], StoredRow>('SELECT guild_id, epoch, role, move_id FROM guild_own').all()
    for (const stored of all) this.#remember(rowOf(stored))
  }

  /** The row as committed. Writers check again inside their transaction. */
  find(guildId: GuildId): OwnershipRow | undefined {
    return this.#rows.get(guildId)
  }

  list(): OwnershipRow[] {
    return [...this.#rows.values()]
  }

  /** The row as the running transaction sees it. */
  findInTransaction(guildId: GuildId): OwnershipRow | undefined {
    const stored = this.#select.get(guildId)
    return stored && rowOf(stored)
  }

  /** Makes the rows agree with the complete list of this gateway's assignments; gives what was changed. */
  reconcile(assigned: readonly Assigned[], now: number): ReconciliationStep[] {
    const steps = decideReconciliation(this.#rows, assigned)
    const rows = steps.flatMap((step): OwnershipRow[] => {
      const { guildId, epoch } = step
      switch (step.kind) {
        case 'open':
        case 'raise':
          return [{ guildId, epoch, role: 'active', moveId: null }]
        case 'release': {
          // The move's id stays, so that a repeated command of that move gets the same answer. Rows that another
          // owner has taken over become outdated here: they are kept, but never served again.
          const hasData = Object.keys(this.#countData(guildId)).length > 0
          const moveId = this.#rows.get(guildId)?.moveId ?? null
          return [{ guildId, epoch, role: hasData ? 'set_aside' : 'released', moveId }]
        }
        case 'quarantine':
          return []
        default:
          return step satisfies never
      }
    })
    this.#write(rows, now)
    return steps
  }

  /** Fences the guild for a move if it has no data here. The same move may ask again. */
  fenceEmpty(fence: { guildId: GuildId; epoch: number; moveId: string }, now: number): FenceOutcome {
    const { guildId, epoch, moveId } = fence
    const attempt = this.#database.transaction((): FenceOutcome => {
      const row = this.findInTransaction(guildId)
      if (row?.role === 'released' && row.epoch === epoch && row.moveId === moveId)
        return { kind: 'released' }
      if (!row || row.role === 'released' || row.role === 'set_aside' || epoch > row.epoch) {
        return { kind: 'refused', refusal: { kind: 'NotOwner', knownEpoch: row?.epoch ?? 0 } }
      }
      if (epoch < row.epoch) {
        return { kind: 'refused', refusal: { kind: 'StaleEpoch', current: row.epoch } }
      }
      if (row.role === 'frozen') {
        return row.moveId === moveId
          ? { kind: 'fenced' }
          : { kind: 'refused', refusal: { kind: 'GuildFenced' } }
      }
      const tables = this.#countData(guildId)
      if (Object.keys(tables).length > 0) return { kind: 'has-data', tables }
      this.#upsert.run(guildId, epoch, 'frozen', moveId, now)
      return { kind: 'fenced' }
    })
    const outcome = attempt.immediate()
    if (outcome.kind === 'fenced') this.#remember({ guildId, epoch, role: 'frozen', moveId })
    return outcome
  }

  /** Lifts the fence that the same move laid at the same epoch; harmless if it is gone. */
  reclaim(fence: { guildId: GuildId; epoch: number; moveId: string }, now: number): Refusal | null {
    const { guildId, epoch, moveId } = fence
    const row = this.#rows.get(guildId)
    if (!row || row.role === 'released' || row.role === 'set_aside' || epoch > row.epoch) {
      return { kind: 'NotOwner', knownEpoch: row?.epoch ?? 0 }
    }
    if (epoch < row.epoch) return { kind: 'StaleEpoch', current: row.epoch }
    if (row.role === 'active') return null
    if (row.moveId !== moveId) return { kind: 'GuildFenced' }
    this.#write([{ guildId, epoch, role: 'active', moveId: null }], now)
    return null
  }

  #write(rows: readonly OwnershipRow[], now: number): void {
    if (rows.length === 0) return
    const writeAll = this.#database.transaction(() => {
      for (const row of rows) this.#upsert.run(row.guildId, row.epoch, row.role, row.moveId, now)
    })
    writeAll.immediate()
    for (const row of rows) this.#remember(row)
  }

  #remember(row: OwnershipRow): void {
    this.#rows.set(row.guildId, row)
  }
}

interface StoredRow {
  readonly guild_id: string
  readonly epoch: number
  readonly role: OwnershipRole
  readonly move_id: string | null
}

function rowOf(stored: StoredRow): OwnershipRow {
  return {
    guildId: GuildId.parse(stored.guild_id),
    epoch: stored.epoch,
    role: stored.role,
    moveId: stored.move_id,
  }
}

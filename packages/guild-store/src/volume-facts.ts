import { randomUUID } from 'node:crypto'
import { Incarnation } from '@guildmesh/contracts'
import type { Database, Statement } from 'better-sqlite3'

/** What the volume remembers of itself across restarts. */
export class VolumeFacts {
  readonly #get: Statement<[string], { value: string }>
  readonly #set: Statement<[string, string]>

  constructor(database: Database) {
    this.#get = database.prepare('SELECT value FROM meta WHERE key = ?')
    this.#set = database.prepare(
      'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    )
    if (!this.#get.get('volume_id')) this.#set.run('volume_id', randomUUID())
  }

  /** Made with the volume; a copy of the file has the same one. */
  get volumeId(): string {
    return this.#get.get('volume_id')?.value ?? ''
  }

  /** The last incarnation of the gateway that ran on this volume; `null` on a new one. */
  get incarnation(): Incarnation | null {
    const stored = this.#get.get('incarnation')
    return stored ? Incarnation.parse(JSON.parse(stored.value)) : null
  }

  /** Remembers this incarnation, before it serves anything. */
  recordIncarnation(incarnation: Incarnation): void {
    this.#set.run('incarnation', JSON.stringify(Incarnation.parse(incarnation)))
  }
}

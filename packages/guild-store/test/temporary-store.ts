import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GuildId } from '@guildmesh/contracts'
import type { GuildStore } from '../src/index.ts'
import { openGuildStore } from '../src/index.ts'

export const guildA = GuildId.parse('100000000000000001')
export const guildB = GuildId.parse('100000000000000002')

/** A folder of its own, gone with the test. */
export function temporaryFolder(): Disposable & { readonly path: string; file(name: string): string } {
  const path = mkdtempSync(join(tmpdir(), 'guild-store-'))
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** An empty store that owns guilds A and B at epoch 1. */
export function temporaryStore(): Disposable & { readonly store: GuildStore } {
  using parts = new DisposableStack()
  const folder = parts.use(temporaryFolder())
  const store = parts.use(openGuildStore({ path: folder.file('guilds.sqlite3') }))
  store.ownership.reconcile(
    [
      { guildId: guildA, epoch: 1 },
      { guildId: guildB, epoch: 1 },
    ],
    0,
  )
  const kept = parts.move()
  return { store, [Symbol.dispose]: () => kept.dispose() }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GuildStore, openGuildStore } from '@guildmesh/guild-store'
import type { KeepersPort } from '../src/delivery/keepers-port.ts'

/** What a gateway keeps of its shards, in a real database that goes with the test. */
export function temporaryVolume(): Disposable & { readonly volume: GuildStore['shards'] } {
  using parts = new DisposableStack()
  const path = mkdtempSync(join(tmpdir(), 'gateway-'))
  parts.defer(() => rmSync(path, { recursive: true, force: true }))
  const store = parts.use(openGuildStore({ path: join(path, 'gateway.sqlite3') }))
  const kept = parts.move()
  return { volume: store.shards, [Symbol.dispose]: () => kept.dispose() }
}

/** A mesh in which no other gateway has parked anything. */
export const noKeepers: KeepersPort = {
  page: async (keeper) => {
    throw new Error(`nothing is parked at ${keeper}`)
  },
  forget: async () => {},
}

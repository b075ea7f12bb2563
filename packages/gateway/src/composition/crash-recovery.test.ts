import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { openGuildStore } from '@guildmesh/guild-store'
import { expect, test } from 'vitest'
import { messageId } from '@guildmesh/bot/testing'
import { guildA, guildB } from '../../test/owner-side/test-owner.ts'

const script = fileURLToPath(new URL('../../test/owner-side/crash-owner.ts', import.meta.url))
const total = 600

/** Runs the owner over the stream; kills it when it has acknowledged `killAt`. Gives the last position acknowledged. */
async function run(path: string, killAt: number): Promise<number> {
  const child = spawn(process.execPath, [script, path, String(total)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  let acknowledged = 0
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line)
      if (acknowledged >= killAt) child.kill('SIGKILL')
    }
  } finally {
    child.kill('SIGKILL')
    await exited
  }
  return acknowledged
}

test('I3: an owner killed in the middle of batches and fed again has each event’s effects once, in order', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'owner-crash-'))
  try {
    const path = join(folder, 'guilds.sqlite3')
    for (const killAt of [150, 400, Infinity]) {
      const acknowledged = await run(path, killAt)
      using store = openGuildStore({ path })
      for (const guildId of [guildA, guildB]) {
        const found = store.read(guildId, 1, ({ rows }) => ({
          cursor: rows.cursor()?.position.seq ?? 0,
          messages: rows.list('messageStats', {}, { columns: ['messageId'], orderBy: 'messageId' }),
          calls: rows.list('outbox', {}, { columns: ['sourceKey'], orderBy: 'callSeq' }),
        }))
        if (found.kind !== 'done') throw new Error('the read was refused')
        const { cursor, messages, calls } = found.value
        const seqs = Array.from({ length: cursor }, (_, index) => index + 1)
        expect(cursor).toBeGreaterThanOrEqual(acknowledged)
        expect(messages.map((row) => row.messageId)).toEqual(seqs.map(messageId))
        expect(calls.map((row) => row.sourceKey)).toEqual(seqs.map((seq) => `calling/event:1:${seq}`))
        if (killAt === Infinity) expect(cursor).toBe(total)
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

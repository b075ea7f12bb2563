import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { guildA, guildB, temporaryFolder } from '../test/temporary-store.ts'
import { openGuildStore } from './index.ts'

const writer = fileURLToPath(new URL('../test/crash-writer.ts', import.meta.url))

/** Runs the writer until it has committed `seq`, then kills it where it stands; gives the last seq it reported. */
async function writeUntilKilled(path: string, firstSeq: number, seq: number): Promise<number> {
  const child = spawn(process.execPath, [writer, path, String(firstSeq)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  let reported = firstSeq - 1
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      reported = Number(line)
      if (reported >= seq) child.kill('SIGKILL')
    }
  } finally {
    child.kill('SIGKILL')
    await exited
  }
  return reported
}

test('I3: after SIGKILL in the middle of writing, rows and cursor agree, and nothing reported is missing', async () => {
  using folder = temporaryFolder()
  const path = folder.file('guilds.sqlite3')
  let next = 1
  for (const stopAt of [40, 130]) {
    const reported = await writeUntilKilled(path, next, stopAt)
    using store = openGuildStore({ path })
    for (const guildId of [guildA, guildB]) {
      const found = store.read(guildId, 1, ({ rows }) => ({
        seq: rows.cursor()?.position.seq ?? 0,
        messages: rows.count('messageStats'),
      }))
      if (found.kind !== 'done') throw new Error('the read was refused')
      expect(found.value.messages).toBe(found.value.seq)
      expect(found.value.seq).toBeGreaterThanOrEqual(reported)
      next = found.value.seq + 1
    }
  }
}, 60_000)

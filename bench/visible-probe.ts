import { DatabaseSync } from 'node:sqlite'
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import type { BenchMesh, GuildPlace } from './bench-mesh.ts'

/** From a message's time stamp until its row can be read, in milliseconds; both ends are whole milliseconds. */
export interface VisibleTimes {
  readonly count: number
  readonly meanMs: number
  readonly p50Ms: number
  readonly p95Ms: number
}

const everyMs = 150
const giveUpMs = 5000

/** A guild in which nobody else talks, and its row count read over a connection of its own. */
class QuietGuild implements Disposable {
  readonly #database: DatabaseSync
  readonly #newest
  readonly #guildId: string
  readonly channelId: string
  readonly userId: string

  constructor(path: string, guildId: string) {
    this.#guildId = guildId
    this.#database = new DatabaseSync(path, { readOnly: true })
    this.#newest = this.#database.prepare(
      'SELECT message_id, sent_at FROM message_stats WHERE guild_id = ? ORDER BY message_id DESC LIMIT 1',
    )
    // Whoever owns a guild may write in every channel of it.
    const read = (sql: string) => String(Object.values(this.#database.prepare(sql).get(guildId) ?? {})[0])
    this.channelId = read(
      "SELECT channel_id FROM document_channels WHERE guild_id = ? AND name = 'general' LIMIT 1",
    )
    this.userId = read('SELECT owner_id FROM document_guild WHERE guild_id = ?')
  }

  newest(): { readonly messageId: string; readonly sentAt: number } | null {
    const row = this.#newest.get(this.#guildId)
    return row ? { messageId: String(row['message_id']), sentAt: Number(row['sent_at']) } : null
  }

  [Symbol.dispose](): void {
    this.#database.close()
  }
}

/** Writes a message from time to time, in one guild after the other, and looks for its row, until the signal aborts. */
export async function measureVisible(
  { sim, mesh }: BenchMesh,
  places: readonly GuildPlace[],
  signal: AbortSignal,
): Promise<VisibleTimes> {
  using stack = new DisposableStack()
  const guilds = places.map(({ owner, guildId }) =>
    stack.use(new QuietGuild(mesh.gatewayDatabase(owner), guildId)),
  )
  const times: number[] = []
  for (let at = 0; !signal.aborted; at++) {
    const guild = guilds[at % guilds.length]
    if (!guild) break
    const before = guild.newest()?.messageId
    const sending = sim.sendMessage({
      channelId: guild.channelId,
      userId: guild.userId,
      content: `probe ${at}`,
      attachments: [],
    })
    const deadline = performance.now() + giveUpMs
    for (;;) {
      const found = guild.newest()
      if (found && found.messageId !== before) {
        times.push(Date.now() - found.sentAt)
        break
      }
      if (performance.now() > deadline) throw new Error('a message of the probe was never committed')
      await turn()
    }
    await sending
    await delay(everyMs)
  }
  const sorted = times.toSorted((a, b) => a - b)
  const quantile = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return {
    count: times.length,
    meanMs: times.reduce((sum, time) => sum + time, 0) / Math.max(1, times.length),
    p50Ms: quantile(0.5),
    p95Ms: quantile(0.95),
  }
}

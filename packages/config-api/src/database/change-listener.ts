import { type Logger, sleep, Worker } from '@guildmesh/runtime'
import pg from 'pg'

/** `changes`: the log of assignments and gateways; `shards`: one is free, or others' quotas have grown. */
const channels = { changes: 'guildmesh_changes', shards: 'guildmesh_shards' } as const
export type ChangeChannel = keyof typeof channels
const channelNames = ['changes', 'shards'] as const satisfies readonly ChangeChannel[]
const reconnectBackoff = { firstMs: 50, maxMs: 1000, jitter: 'full' } as const
/** A connection whose other end vanished without a word is found by asking it now and then. Milliseconds. */
const probeEveryMs = 5000

/**
 * Wakes those who wait for changes. It carries no data: they read the log themselves. So a notification that was lost
 * with its connection costs only time, and a new connection wakes everybody once.
 */
export class ChangeListener implements AsyncDisposable {
  readonly #url: string
  readonly #worker: Worker
  readonly #wakes = new Map(channelNames.map((channel) => [channel, Promise.withResolvers<void>()]))

  constructor({ url, logger }: { url: string; logger: Logger }) {
    this.#url = url
    this.#worker = new Worker({
      work: async ({ signal, succeeded }) => {
        await this.#listen(signal, succeeded)
        return 0
      },
      backoff: reconnectBackoff,
      onFailure: (error) =>
        logger.warn(
          { event: 'change-listener-lost', err: error },
          'stopped hearing of changes; connecting again',
        ),
    })
    void this.#worker.run()
  }

  /**
   * Resolves at the next change. Take it *before* reading: a change that commits between the reading and the waiting
   * has then resolved it already.
   */
  nextChange(channel: ChangeChannel = 'changes'): Promise<void> {
    return this.#wakeOf(channel).promise
  }

  #wakeOf(channel: ChangeChannel): PromiseWithResolvers<void> {
    const wake = this.#wakes.get(channel) ?? Promise.withResolvers<void>()
    this.#wakes.set(channel, wake)
    return wake
  }

  #wake(channel: ChangeChannel): void {
    const wake = this.#wakeOf(channel)
    this.#wakes.delete(channel)
    wake.resolve()
  }

  #wakeAll(): void {
    for (const channel of channelNames) this.#wake(channel)
  }

  /** Listens on one connection until it breaks or the listener is disposed. */
  async #listen(signal: AbortSignal, onListening: () => void): Promise<void> {
    const broken = Promise.withResolvers<never>()
    broken.promise.catch(() => {})
    const client = new pg.Client({
      connectionString: this.#url,
      connectionTimeoutMillis: 2000,
      query_timeout: 3000,
      keepAlive: true,
      application_name: 'guildmesh-config-api listener',
    })
    client.on('error', broken.reject)
    client.on('end', () => broken.reject(new Error('the connection ended')))
    client.on('notification', ({ channel: name }) => {
      for (const channel of channelNames) if (channels[channel] === name) this.#wake(channel)
    })
    try {
      await client.connect()
      for (const channel of channelNames) await client.query(`LISTEN ${channels[channel]}`)
      onListening()
      // What was committed while nobody listened.
      this.#wakeAll()
      while (!signal.aborted) {
        await Promise.race([broken.promise, sleep(probeEveryMs, signal)])
        if (!signal.aborted) await Promise.race([broken.promise, client.query('SELECT 1')])
      }
    } finally {
      await client.end().catch(() => {})
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.#worker.stop()
    this.#wakeAll()
    await stopped
  }
}

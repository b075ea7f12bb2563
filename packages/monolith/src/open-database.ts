import { startEmbeddedPostgres } from '@guildmesh/postgres-dev'
import { type Logger, Secret } from '@guildmesh/runtime'
import type { MonolithConfig } from './config.ts'

/** The PostgreSQL of a monolith. Disposing stops it, if it is ours. */
export interface MonolithDatabase extends AsyncDisposable {
  readonly url: Secret
  /** Rejects when our own PostgreSQL has ended by itself. */
  readonly failed: Promise<never>
}

/** The PostgreSQL that DATABASE_URL names, or else an embedded one that it starts. */
export async function openDatabase(config: MonolithConfig, logger: Logger): Promise<MonolithDatabase> {
  const { DATABASE_URL: url } = config.own
  if (url) {
    return { url, failed: new Promise<never>(() => {}), [Symbol.asyncDispose]: async () => {} }
  }
  const postgres = await startEmbeddedPostgres({ dataDir: config.postgresDataDir, logger })
  return {
    url: new Secret(postgres.url),
    failed: postgres.failed,
    [Symbol.asyncDispose]: () => postgres.stop(),
  }
}

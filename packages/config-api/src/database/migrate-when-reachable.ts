import { type Logger, retry, type Secret } from '@guildmesh/runtime'
import { isTransient } from './connection-loss.ts'
import { migrate, readMigrations } from './migrate.ts'

const backoff = { firstMs: 100, maxMs: 2000, jitter: 'full' } as const

/**
 * Brings the database's schema up to date. Waits for a PostgreSQL that is still starting.
 * @param folder of the migrations
 * @throws MigrationError, PostgreSQL's own errors if it refuses us, the signal's reason
 */
export async function migrateWhenReachable(
  url: Secret,
  folder: string,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  const migrations = readMigrations(folder)
  const host = hostOf(url.reveal())
  const applied = await retry(() => migrate(url.reveal(), migrations), {
    backoff,
    signal,
    onFailure(error) {
      if (!isTransient(error)) throw error
      logger.warn(
        { event: 'postgres-unreachable', host, err: error },
        `cannot reach PostgreSQL at ${host} (DATABASE_URL); retrying`,
      )
    },
  })
  if (applied.length > 0) logger.info({ event: 'schema-migrated', applied }, 'brought the schema up to date')
}

/** Where a connection string leads, without its user and password. */
function hostOf(url: string): string {
  if (!URL.canParse(url)) return 'the stated address'
  const { host, searchParams } = new URL(url)
  return host || searchParams.get('host') || 'localhost'
}

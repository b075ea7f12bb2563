import { serveTestPostgres } from '@guildmesh/postgres-dev/test-postgres/serve'
import { findMigrations, migrate, readMigrations } from '../src/database/migrate.ts'

/** For `globalSetup` of a vitest configuration: a PostgreSQL whose databases have every migration. */
export const setup = serveTestPostgres((url) => migrate(url, readMigrations(findMigrations())))

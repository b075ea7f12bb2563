import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { findMigrations, migrate, readMigrations } from '../database/migrate.ts'
import { startEmbeddedPostgres } from '../embedded-postgres/index.ts'
import { silentLog, templateDatabase, unsafeButFast } from './test-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the test server's database `postgres`. */
    testPostgresUrl: string
  }
}

/**
 * For `globalSetup` of a vitest configuration: one real PostgreSQL for the run, with a template database that has
 * every migration. Ends, and leaves nothing behind, with the run.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'guildmesh-test-pg-'))
  try {
    const postgres = await startEmbeddedPostgres({
      dataDir: join(folder, 'data'),
      logger: silentLog,
      database: templateDatabase,
      settings: unsafeButFast,
    })
    await migrate(postgres.url, readMigrations(findMigrations()))
    project.provide('testPostgresUrl', postgres.urlOf('postgres'))
    return async () => {
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

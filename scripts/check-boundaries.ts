// Checks that packages use one another as docs/architecture.md allows, in package.json and in every import, and that the
// folders inside a package keep to their floors there.
// (TypeScript 7 has no JavaScript API, on which the usual checkers stand; reading import specifiers is enough here.)
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { floorProblems, parseFloors } from './floors.ts'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

const services = ['config-api', 'gateway', 'edge'] as const

/** Package → workspace packages that its shipped code may import. */
const allowed: Record<string, readonly string[]> = {
  contracts: [],
  placement: ['contracts'],
  runtime: ['contracts'],
  'guild-store': ['contracts'],
  'config-api': ['contracts', 'placement', 'runtime'],
  bot: ['contracts', 'guild-store'],
  gateway: ['contracts', 'placement', 'runtime', 'guild-store', 'bot'],
  edge: ['contracts', 'placement', 'runtime'],
  // The PostgreSQL from npm is for who has none: a monolith without DATABASE_URL, and a mesh on a developer's machine.
  'postgres-dev': [],
  monolith: ['contracts', 'runtime', ...services, 'postgres-dev'],
  portal: ['contracts'],
  cli: ['contracts', 'runtime', 'guild-store'],
  'discord-sim': [],
  'local-mesh': [
    'contracts',
    'placement',
    'runtime',
    'guild-store',
    ...services,
    'postgres-dev',
    'monolith',
    'portal',
    'cli',
    'discord-sim',
  ],
}

/** What a package's tests may import besides: the real neighbours it is tried against. */
const allowedInTests: Record<string, readonly string[]> = {
  // A browser, and nothing of the portal itself.
  'discord-sim': ['portal'],
  gateway: ['discord-sim', 'config-api', 'postgres-dev'],
  edge: ['discord-sim', 'config-api', 'gateway', 'postgres-dev'],
  'config-api': ['gateway', 'guild-store', 'postgres-dev'],
  monolith: ['discord-sim', 'guild-store'],
  cli: ['edge'],
}

/** Libraries with I/O, which pure packages must not have. */
const pure = new Set(['placement'])

/** Packages that must have floors. */
const floored = ['bot', 'contracts', 'discord-sim', 'gateway']

const problems: string[] = []
for (const name of Object.keys(allowed)) checkPackage(name)
const floors = parseFloors(readFileSync(join(root, 'docs/architecture.md'), 'utf8'))
for (const name of new Set([...floored, ...floors.keys()])) checkFloors(name)
if (problems.length > 0) {
  process.stderr.write(
    `${problems.join('\n')}\n${problems.length} imports cross a boundary; docs/architecture.md has the graph and the floors\n`,
  )
  process.exitCode = 1
} else {
  process.stdout.write(
    `boundaries: ${Object.keys(allowed).length} packages keep to the graph, ${floors.size} to their floors\n`,
  )
}

function checkPackage(name: string): void {
  const folder = join(root, 'packages', name)
  const manifest: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const runtimeDependencies = Object.keys(field(manifest, 'dependencies'))
  for (const dependency of runtimeDependencies) {
    const neighbour = workspaceName(dependency)
    if (neighbour !== null && !mayUse(name, neighbour, false)) {
      problems.push(`packages/${name}/package.json: ${name} may not depend on ${neighbour}`)
    }
    if (pure.has(name) && neighbour === null) {
      problems.push(`packages/${name}/package.json: ${name} is pure and may not depend on ${dependency}`)
    }
  }
  for (const file of sourceFiles(folder)) checkFile(name, folder, file)
}

function checkFile(name: string, folder: string, file: string): void {
  const isTest = /\.test\.tsx?$|\/(test|e2e|test-[a-z]+)\//.test(file)
  const where = relative(root, file)
  const text = readFileSync(file, 'utf8')
  for (const { specifier, typeOnly } of importsOf(text)) {
    if (specifier.startsWith('.')) {
      if (relative(folder, resolve(dirname(file), specifier)).startsWith('..')) {
        problems.push(`${where}: ${specifier} leaves the package`)
      }
      continue
    }
    const neighbour = workspaceName(specifier)
    if (neighbour === null || neighbour === name) continue
    if (!mayUse(name, neighbour, isTest)) problems.push(`${where}: ${name} may not import ${neighbour}`)
    if (name === 'portal' && !isTest && !typeOnly) {
      problems.push(
        `${where}: the portal takes only types from ${neighbour} (zod would be in the browser's bundle)`,
      )
    }
  }
}

function checkFloors(name: string): void {
  const own = floors.get(name)
  if (!own) {
    problems.push(`docs/architecture.md: packages/${name} has no floors`)
    return
  }
  const folder = join(root, 'packages', name)
  const files = Array.from(sourceFiles(folder), (path) => ({
    path,
    imports: Array.from(importsOf(readFileSync(path, 'utf8')), ({ specifier }) => specifier).filter(
      (specifier) => specifier.startsWith('.'),
    ),
  }))
  problems.push(...floorProblems(folder, own, files).map((problem) => problem.replace(`${root}/`, '')))
}

function mayUse(name: string, neighbour: string, isTest: boolean): boolean {
  return Boolean(allowed[name]?.includes(neighbour) || (isTest && allowedInTests[name]?.includes(neighbour)))
}

function* importsOf(text: string): Generator<{ specifier: string; typeOnly: boolean }> {
  const statement = /^\s*(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/gm
  for (const [, typeOnly, specifier = ''] of text.matchAll(statement))
    yield { specifier, typeOnly: Boolean(typeOnly) }
  for (const [, specifier = ''] of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g))
    yield { specifier, typeOnly: false }
}

function workspaceName(specifier: string): string | null {
  return /^@guildmesh\/([^/]+)/.exec(specifier)?.[1] ?? null
}

function* sourceFiles(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (['node_modules', 'dist', '.tsbuild', '.turbo', 'reports'].includes(entry.name)) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* sourceFiles(path)
    else if (/\.(ts|tsx|mjs)$/.test(entry.name)) yield path
  }
}

function field(value: unknown, name: string): object {
  if (typeof value !== 'object' || value === null) return {}
  const found: unknown = Reflect.get(value, name)
  return typeof found === 'object' && found !== null ? found : {}
}

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kindOf, kinds } from './kinds.ts'
import type { Manifest } from './manifests.ts'

const repoModules = fileURLToPath(new URL('../../node_modules', import.meta.url))

/**
 * Checks objects as TypeScript literals of their kind's interface. Unlike the JSON schema validators, which let them
 * pass, the compiler refuses fields that do not exist.
 * @returns one line for each problem; the file name is the manifest's label
 */
export function typecheckManifests(manifests: readonly Manifest[]): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'guildmesh-manifests-'))
  try {
    symlinkSync(repoModules, join(dir, 'node_modules'))
    writeFileSync(join(dir, 'package.json'), JSON.stringify({ type: 'module' }))
    const files = manifests.map((manifest, at) => {
      const { module } = kinds[kindOf(manifest)]
      const file = `${at}-${manifest.kind}-${manifest.metadata.name}.ts`
      const literal = JSON.stringify(manifest, null, 2)
      writeFileSync(
        join(dir, file),
        `import type { I${manifest.kind} } from '${module}'\nexport const manifest: I${manifest.kind} = ${literal}\n`,
      )
      return file
    })
    writeFileSync(
      join(dir, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          skipLibCheck: true,
          module: 'NodeNext',
          target: 'ES2024',
          types: [],
        },
        files,
      }),
    )
    const tsc = join(repoModules, 'typescript', 'bin', 'tsc')
    const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', dir, '--pretty', 'false'], {
      cwd: dir,
      encoding: 'utf8',
    })
    const problems = `${stdout}${stderr}`.split('\n').filter((line) => line.trim() !== '')
    if (status !== 0 && problems.length === 0) problems.push(`tsc ended with ${status}`)
    return problems
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildChat } from './build-chat.ts'
import { buildCode } from './build-code.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Manifest {
  version: string
  description: string
  license: string
}

/**
 * Makes `discord-sim-<version>.tgz` in a folder, and returns its path. The package depends on nothing: what the simulator
 * needs is inside.
 */
export async function buildPackage(target: string): Promise<string> {
  const stage = join(target, 'package')
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(stage, { recursive: true })
  await buildCode(join(stage, 'dist'), { sourcemap: false })
  await buildChat(join(stage, 'dist/chat'))
  cpSync(join(root, 'bin'), join(stage, 'bin'), { recursive: true })
  cpSync(join(root, '../../LICENSE'), join(stage, 'LICENSE'))
  copyTypes(stage)
  copyReadme(stage)
  writeFileSync(join(stage, 'package.json'), `${JSON.stringify(packageManifest(manifest), null, 2)}\n`)
  const packed = execFileSync('npm', ['pack', stage, '--silent', '--pack-destination', target])
  return join(target, packed.toString().trim())
}

function packageManifest(manifest: Manifest): object {
  const typed = (name: string, types: string) => ({
    types: `./types/${types}`,
    default: `./dist/${name}.js`,
  })
  return {
    name: 'discord-sim',
    version: manifest.version,
    description: manifest.description,
    license: manifest.license,
    type: 'module',
    engines: { node: '>=20.19' },
    bin: { 'discord-sim': './bin/discord-sim.mjs' },
    exports: {
      '.': typed('index', 'index.d.ts'),
      './client': typed('client', 'control/sim-client.d.ts'),
    },
    // Discord's payloads in the types are those of discord-api-types, which discord.js and others bring along.
    peerDependencies: { 'discord-api-types': '>=0.38' },
    peerDependenciesMeta: { 'discord-api-types': { optional: true } },
  }
}

/** The declarations that the two entries reach. What they say of libraries inside the bundle is not checked. */
function copyTypes(stage: string): void {
  execFileSync('npx', ['tsc', '-b', root], { cwd: root, stdio: 'inherit' })
  const declared = join(root, '.tsbuild/types/src')
  const waiting = ['index.d.ts', 'control/sim-client.d.ts'].map((name) => join(declared, name))
  const seen = new Set<string>()
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    const text = readFileSync(file, 'utf8')
    for (const [, specifier = ''] of text.matchAll(/(?:from |import\()['"](\.[^'"]+)['"]/g)) {
      waiting.push(join(dirname(file), specifier.replace(/\.ts$/, '.d.ts')))
    }
    const target = join(stage, 'types', relative(declared, file))
    mkdirSync(dirname(target), { recursive: true })
    const specifiers = text.replaceAll(/((?:from |import\()['"]\.[^'"]+)\.ts(['"])/g, '$1.js$2')
    writeFileSync(target, `// @ts-nocheck\n${specifiers.replace(/\n\/\/# sourceMappingURL.*$/, '')}`)
  }
}

/** The pictures come along, and links into the repository lose their way no more than they must. */
function copyReadme(stage: string): void {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const pictures = new Set<string>()
  const text = readme.replaceAll(/\]\(\.\.\/\.\.\/docs\/img\/([\w.-]+)\)/g, (_, name: string) => {
    pictures.add(name)
    return `](img/${name})`
  })
  if (pictures.size > 0) mkdirSync(join(stage, 'img'))
  for (const name of pictures) cpSync(join(root, '../../docs/img', name), join(stage, 'img', name))
  writeFileSync(join(stage, 'README.md'), text)
}

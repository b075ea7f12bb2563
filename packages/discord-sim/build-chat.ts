import { cpSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const source = fileURLToPath(new URL('chat/', import.meta.url))
const target = fileURLToPath(new URL('dist/chat/', import.meta.url))

/** Bundles the chat page into `dist/chat`, from where the simulator serves it. */
export async function buildChat(): Promise<void> {
  rmSync(target, { recursive: true, force: true })
  await build({
    absWorkingDir: source,
    entryPoints: ['main.tsx'],
    outdir: target,
    bundle: true,
    minify: true,
    jsx: 'automatic',
    format: 'esm',
    target: ['es2022', 'chrome125', 'firefox128', 'safari17.5'],
    loader: { '.woff2': 'file' },
    assetNames: '[name]',
    define: { 'process.env.NODE_ENV': '"production"' },
    legalComments: 'none',
    logLevel: 'warning',
  })
  for (const name of ['index.html', 'icon.svg']) cpSync(`${source}${name}`, `${target}${name}`)
}

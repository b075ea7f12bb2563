import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const source = fileURLToPath(new URL('../chat/', import.meta.url))

/** Where the simulator looks for the page when its sources run. */
const builtChat = fileURLToPath(new URL('../dist/chat/', import.meta.url))

/** Bundles the chat page into a folder, from where the simulator serves it. */
export async function buildChat(target: string = builtChat): Promise<void> {
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
  for (const name of ['index.html', 'icon.svg']) cpSync(join(source, name), join(target, name))
}

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Bundles `main.js` (the command), `index.js` (the library) and `client.js` (the typed client of the control API) into a
 * folder, with everything they need, for any Node from 20.19.
 */
export async function buildCode(target: string, options: { sourcemap: boolean }): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: { main: 'src/main.ts', index: 'src/index.ts', client: 'src/control/sim-client.ts' },
    outdir: target,
    bundle: true,
    splitting: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    sourcemap: options.sourcemap,
    legalComments: 'none',
    logLevel: 'warning',
    // Optional parts that ws looks for at run time.
    external: ['bufferutil', 'utf-8-validate'],
    // CommonJS packages inside the bundle call require() for Node's own modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  })
}

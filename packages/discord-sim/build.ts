// Builds what runs without the sources: `dist/main.js` (the command), `dist/index.js` (the library), `dist/client.js` (the
// typed client of the control API) and `dist/chat` (the chat page), for any Node from 20.19.
import { rmSync } from 'node:fs'
import { build } from 'esbuild'
import { buildChat } from './build-chat.ts'

rmSync('dist', { recursive: true, force: true })
await build({
  entryPoints: { main: 'src/main.ts', index: 'src/index.ts', client: 'src/control/sim-client.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  sourcemap: true,
  legalComments: 'none',
  logLevel: 'warning',
  // Optional parts that ws looks for at run time.
  external: ['bufferutil', 'utf-8-validate'],
  // CommonJS packages inside the bundle call require() for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
})
await buildChat()

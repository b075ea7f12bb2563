// Makes the package that others install, `dist/discord-sim-<version>.tgz`: `npm run pack`.
import { fileURLToPath } from 'node:url'
import { buildPackage } from './build-package.ts'

const target = fileURLToPath(new URL('../dist', import.meta.url))
process.stdout.write(`${await buildPackage(target)}\n`)

// Builds what the workspace runs without the sources: `dist`.
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildChat } from './build-chat.ts'
import { buildCode } from './build-code.ts'

const target = fileURLToPath(new URL('../dist', import.meta.url))
rmSync(target, { recursive: true, force: true })
await buildCode(target, { sourcemap: true })
await buildChat()

#!/usr/bin/env node
// The bundle where it was built (any Node from 20.19), else the sources (Node 24 reads TypeScript).
import { existsSync } from 'node:fs'

const bundle = new URL('../dist/main.js', import.meta.url)
await import(existsSync(bundle) ? bundle.href : new URL('../src/main.ts', import.meta.url).href)

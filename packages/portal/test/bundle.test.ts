import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const assets = join(dist, 'assets')

function read(file: string): string {
  return readFileSync(join(dist, file), 'utf8')
}

function gzippedKiB(name: RegExp): number {
  const files = readdirSync(assets).filter((file) => name.test(file))
  if (files.length === 0) throw new Error(`the build has no file like ${name}`)
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(join(assets, file))).length, 0) / 1024
}

/** Everything that must be there before the first page shows: what index.html names itself. */
function firstLoad(): string[] {
  return [...read('index.html').matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, file = '']) => file)
}

describe('the built portal', () => {
  it('loads at most 150 KiB of script and style before its first page', () => {
    const sizes = firstLoad().map((file) => gzipSync(read(file)).length / 1024)
    expect(sizes.length).toBeGreaterThan(1)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150)
  })

  it('loads the chart and the console only with the pages that show them', () => {
    const first = firstLoad().map(read).join('')
    expect(first).not.toContain('uplot')
    expect(first).not.toContain('guildmesh guild move')
    expect(gzippedKiB(/^activity-chart-.*\.js$/)).toBeLessThan(30)
  })

  it('holds no zod: contracts are there as types only', () => {
    const scripts = readdirSync(assets).filter((file) => file.endsWith('.js'))
    expect(scripts.filter((file) => /ZodError|invalid_union/.test(read(join('assets', file))))).toEqual([])
  })

  it('has nothing inline, so that the content security policy can forbid it', () => {
    const page = read('index.html')
    expect(page).not.toMatch(/<style|style=|<script(?![^>]*src=)|\son\w+=/)
  })
})

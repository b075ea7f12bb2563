import { createServer } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { candidatePorts, isPortFree, PortChooser } from './choose-port.ts'

describe('choosing ports', () => {
  test('takes the preferred port if it is free, else the next one', async () => {
    const free = new PortChooser(0, async () => true)
    expect(await free.choose(3000)).toBe(3000)
    const busy = new PortChooser(0, async (port) => port !== 3000)
    expect(await busy.choose(3000)).toBe(3001)
  })

  test('never gives a port twice', async () => {
    const ports = new PortChooser(7, async () => true)
    const chosen = await Promise.all(
      [3000, 3000, null, null, 3001].map((preferred) => ports.choose(preferred)),
    )
    expect(new Set(chosen).size).toBe(chosen.length)
  })

  test('candidates are distinct, valid, and avoid what is taken, from any seed', () => {
    fc.assert(
      fc.property(
        fc.option(fc.integer({ min: 1024, max: 60_000 })),
        fc.integer(),
        fc.uniqueArray(fc.integer({ min: 1, max: 65_535 })),
        (preferred, seed, taken) => {
          const candidates = [...candidatePorts(preferred, seed, new Set(taken))].slice(0, 50)
          expect(candidates.every((port) => Number.isInteger(port) && port > 0 && port <= 65_535)).toBe(true)
          expect(candidates.some((port) => taken.includes(port))).toBe(false)
          expect(new Set(candidates).size).toBe(candidates.length)
        },
      ),
    )
  })

  test('says what to do if no port is left', async () => {
    await expect(new PortChooser(0, async () => false).choose(null)).rejects.toThrow(
      /No free port .* start again/,
    )
  })

  test('sees that a port is taken', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no TCP address')
    expect(await isPortFree(address.port)).toBe(false)
    await new Promise((resolve) => server.close(resolve))
    expect(await isPortFree(address.port)).toBe(true)
  })
})

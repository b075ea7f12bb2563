import { describe, expect, test } from 'vitest'
import { measureMemory, renderMemory } from './memory-report.ts'

const smaps = (rss: number, pss: number) => `0-1 ---p 0 0:0 0 [rollup]\nRss:   ${rss} kB\nPss:   ${pss} kB\n`

describe('the memory report', () => {
  test('counts a process with its descendants, and none twice', () => {
    const sizes = new Map([
      [10, smaps(1000, 500)],
      [20, smaps(300, 100)],
      [21, smaps(200, 50)],
      [22, smaps(100, 25)],
    ])
    const rows = measureMemory(
      new Map([
        ['launcher', 10],
        ['postgres', 20],
      ]),
      {
        parents: () =>
          new Map([
            [10, 1],
            [20, 10],
            [21, 20],
            [22, 21],
            [23, 20],
          ]),
        smapsRollup: (pid) => sizes.get(pid) ?? null,
      },
    )
    expect(rows).toEqual([
      { name: 'launcher', processes: 1, rssBytes: 1_024_000, pssBytes: 512_000 },
      { name: 'postgres', processes: 3, rssBytes: 614_400, pssBytes: 179_200 },
    ])
    expect(renderMemory(rows).split('\n').at(-1)).toBe('all               4      1.6      0.7')
  })

  test.skipIf(process.platform !== 'linux')('measures this very process (skipped without /proc)', () => {
    const [row] = measureMemory(new Map([['this', process.pid]]))
    expect(row?.rssBytes).toBeGreaterThan(10_000_000)
    expect(row?.pssBytes).toBeGreaterThan(0)
    expect(row?.pssBytes).toBeLessThanOrEqual(row?.rssBytes ?? 0)
  })
})

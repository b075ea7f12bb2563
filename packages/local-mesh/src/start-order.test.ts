import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inOrder, startInOrder, stopGroups } from './start-order.ts'

const mesh = [
  { name: 'edge', after: ['config', 'simulator'] },
  { name: 'config', after: ['postgres'] },
  { name: 'simulator', after: [] },
  { name: 'postgres', after: [] },
]

/** Any plan in which each comes only after earlier ones. */
const plans = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 12 }).map((links) =>
  links.map((after, at) => ({
    name: `p${at}`,
    after: at === 0 ? [] : [...new Set(after.map((target) => `p${target % at}`))],
  })),
)

describe('the order of starting and ending', () => {
  test('each starts after what it needs, in any plan', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const order = inOrder(plan.toReversed()).map(({ name }) => name)
        expect(order).toHaveLength(plan.length)
        for (const { name, after } of plan) {
          for (const before of after) expect(order.indexOf(before)).toBeLessThan(order.indexOf(name))
        }
      }),
    )
  })

  test('each ends before what it needs, in any plan', () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const groups = stopGroups(plan).map((group) => group.map(({ name }) => name))
        expect(groups.flat()).toHaveLength(plan.length)
        const groupOf = (name: string) => groups.findIndex((group) => group.includes(name))
        for (const { name, after } of plan) {
          for (const before of after) expect(groupOf(name)).toBeLessThan(groupOf(before))
        }
      }),
    )
  })

  test('what does not wait for one another starts at once', async () => {
    const events: string[] = []
    const postgres = Promise.withResolvers<void>()
    const done = startInOrder(mesh, async ({ name }) => {
      events.push(`${name} starts`)
      if (name === 'postgres') await postgres.promise
      events.push(`${name} serves`)
    })
    await Promise.resolve()
    await Promise.resolve()
    postgres.resolve()
    await done
    expect(events.indexOf('simulator serves')).toBeLessThan(events.indexOf('postgres serves'))
    expect(events.indexOf('postgres serves')).toBeLessThan(events.indexOf('config starts'))
    expect(events.at(-1)).toBe('edge serves')
  })

  test('a failure is thrown, and what needs the failed one is never started', async () => {
    const begun: string[] = []
    const done = startInOrder(mesh, async ({ name }) => {
      begun.push(name)
      if (name === 'postgres') throw new Error('no disk')
    })
    await expect(done).rejects.toThrow('no disk')
    expect(begun.toSorted((a, b) => a.localeCompare(b))).toEqual(['postgres', 'simulator'])
  })

  test('a cycle and an unknown name are refused', () => {
    expect(() => inOrder([{ name: 'a', after: ['b'] }])).toThrow('b, which is not there')
    const cycle = [
      { name: 'a', after: ['b'] },
      { name: 'b', after: ['a'] },
    ]
    expect(() => inOrder(cycle)).toThrow('a → b → a')
    expect(() => stopGroups(cycle)).toThrow('come after one another')
  })
})

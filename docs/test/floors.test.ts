import { describe, expect, test } from 'vitest'
import { floorProblems, parseFloors } from '../../scripts/floors.ts'

const page = `
## Packages

### packages/not-here
\`\`\`
above
\`\`\`

## Floors
Words about floors.

### packages/house
\`\`\`
main
rooms  stairs
cellar
\`\`\`

### packages/shed
\`\`\`
roof
\`\`\`

## Contracts
`
const floors = parseFloors(page).get('house') ?? new Map<string, number>()
const file = (path: string, ...imports: string[]) => ({ path: `/house/src/${path}`, imports })
const complete = [file('main.ts'), file('rooms/a.ts'), file('stairs/a.ts'), file('cellar/a.ts')]
const problems = (...files: ReturnType<typeof file>[]) =>
  floorProblems('/house', floors, [...complete, ...files])

describe('floors', () => {
  test('are read from the section of the page, from the top down', () => {
    expect([...parseFloors(page).keys()]).toEqual(['house', 'shed'])
    expect([...floors]).toEqual([
      ['main', 0],
      ['rooms', 1],
      ['stairs', 1],
      ['cellar', 2],
    ])
  })

  test('a folder may import itself and what stands below it, a test everything', () => {
    expect(
      problems(
        file('main.ts', './rooms/a.ts', './cellar/a.ts'),
        file('rooms/b.ts', './a.ts', '../cellar/a.ts'),
        file('cellar/a.test.ts', '../rooms/a.ts'),
      ),
    ).toEqual([])
  })

  test.each([
    ['upwards', file('cellar/b.ts', '../rooms/a.ts'), 'above it'],
    ['sideways', file('rooms/b.ts', '../stairs/a.ts'), 'beside it'],
    ['from a folder to a file above', file('rooms/b.ts', '../main.ts'), 'above it'],
  ])('an import that goes %s is a problem', (_way, wrong, where) => {
    expect(problems(wrong)).toEqual([expect.stringContaining(where)])
  })

  test('what stands on no floor is a problem, and so is a floor for what is not there', () => {
    expect(problems(file('attic/a.ts'))).toEqual(['/house/src/attic/a.ts: attic stands on no floor'])
    expect(floorProblems('/house', floors, complete.slice(1))).toEqual([
      '/house/src: the floors name main, which is not there',
    ])
  })
})

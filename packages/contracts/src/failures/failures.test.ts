import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Failure } from './failure.ts'
import { failurePolicies } from './failure-policy.ts'
import { MeshError } from './mesh-error.ts'
import { exampleFailures } from './example-failures.ts'

const handbook = readFileSync(new URL('../../../../docs/failures.md', import.meta.url), 'utf8')

describe.each(exampleFailures)('$kind', (failure) => {
  test('survives the wire', () => {
    expect(Failure.parse(JSON.parse(JSON.stringify(failure)))).toEqual(failure)
  })

  test('reads as sentences that name what it carries', () => {
    const { message, code } = new MeshError(failure)
    expect(message).toMatch(/^[A-Za-z].{15,}[.]$/s)
    expect(code).toBe(failurePolicies[failure.kind].code)
    if ('guildId' in failure) expect(message).toContain(failure.guildId)
  })

  test('is explained to operators in docs/failures.md', () => {
    expect(handbook).toContain(`### ${failure.kind}\n`)
  })
})

test('there is an example of every kind', () => {
  expect(exampleFailures.map(({ kind }) => kind).toSorted()).toEqual(Object.keys(failurePolicies).toSorted())
})

import { expect, test } from 'vitest'
import { ephemeral } from './answers.ts'
import type { ComponentRule, Feature } from './feature.ts'
import { FeatureRegistry } from './feature-registry.ts'

const component = (prefix: string): ComponentRule => ({
  prefix,
  requires: 0n,
  handle: () => ({ reply: ephemeral(prefix) }),
})
const feature = (name: string, ...prefixes: string[]): Feature => ({
  name,
  components: prefixes.map(component),
})

test.each([
  ['open-ticket', 'open-ticket'],
  ['vote|1|2', 'vote'],
  ['vote-ban|1', 'vote-ban'],
  ['close-ticket||1||2', 'close-ticket'],
  ['vote', 'vote'],
])('%j is handled by %j', (customId, prefix) => {
  const registry = new FeatureRegistry([
    feature('tickets', 'open-ticket', 'close-ticket'),
    feature('votes', 'vote', 'vote-ban'),
  ])
  expect(registry.componentRule(customId)?.rule.prefix).toBe(prefix)
})

test.each(['unknown', 'votes|1', 'open-ticketx', ''])('nobody handles %j', (customId) => {
  expect(new FeatureRegistry([feature('votes', 'vote', 'open-ticket')]).componentRule(customId)).toBeNull()
})

test('two features cannot claim the same name', () => {
  expect(() => new FeatureRegistry([feature('a', 'vote'), feature('b', 'vote')])).toThrow(
    /a and b both claim vote/,
  )
})

import { expect, test } from 'vitest'
import { FeatureRegistry } from '../kit/feature-registry.ts'
import { allFeatures } from './all-features.ts'

test('the bot as it is can be composed, and offers its commands', () => {
  expect(new FeatureRegistry(allFeatures).definitions.map((command) => command.name)).toEqual(['setup'])
})

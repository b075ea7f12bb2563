import { describe, expect, test } from 'vitest'
import { kindOf, kinds } from './kinds.ts'
import {
  baseManifests,
  canRender,
  type Manifest,
  overlays,
  parseManifests,
  renderManifests,
} from './manifests.ts'
import { typecheckManifests } from './typecheck-manifests.ts'

/** The schema's complaints about each object, empty if all are valid. */
function schemaProblems(manifests: readonly Manifest[]): string[] {
  return manifests.flatMap((manifest) => {
    const { model } = kinds[kindOf(manifest)]
    try {
      // Each constructor takes its own interface; the validator is what tells whether the object fits it.
      Reflect.construct(model, [manifest]).validate()
      return []
    } catch (error) {
      return [`${manifest.kind}/${manifest.metadata.name}: ${String(error)}`]
    }
  })
}

const deployment = baseManifests().find(({ kind }) => kind === 'Deployment')
if (deployment === undefined) throw new Error('k8s/base has no Deployment')

describe('the base', () => {
  test('is valid by the Kubernetes schemas', () => {
    expect(schemaProblems(baseManifests())).toEqual([])
  })

  test('holds no field that Kubernetes does not know', () => {
    expect(typecheckManifests(baseManifests())).toEqual([])
  })

  test('names every object once', () => {
    const names = baseManifests().map(({ kind, metadata }) => `${kind}/${metadata.name}`)
    expect(names).toEqual([...new Set(names)])
  })
})

describe('the checks themselves', () => {
  test('find a wrong type', () => {
    expect(
      schemaProblems(parseManifests(JSON.stringify(deployment).replace('"replicas":2', '"replicas":"two"'))),
    ).toHaveLength(1)
  })

  test('find an unknown field, however deep', () => {
    const misspelt = JSON.stringify(deployment).replace('"image":', '"imagePulPolicy":"Always","image":')
    const problems = typecheckManifests(parseManifests(misspelt))
    expect(problems.join('\n')).toContain('imagePulPolicy')
  })
})

describe.skipIf(!canRender)('rendered by kubectl kustomize (skipped without kubectl ≥ 1.27)', () => {
  test.each(['base', ...overlays.map((name) => `overlays/${name}`)])('%s is valid', (folder) => {
    const manifests = renderManifests(folder)
    expect(manifests.length).toBeGreaterThan(3)
    expect(schemaProblems(manifests)).toEqual([])
    expect(typecheckManifests(manifests)).toEqual([])
  })
})

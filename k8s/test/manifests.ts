import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import type { Deployment, StatefulSet } from 'kubernetes-models/apps/v1'
import { kindOf, type KnownKind, type ManifestOf } from './kinds.ts'

export const k8sDir = fileURLToPath(new URL('..', import.meta.url))
export const overlays = ['dev', 'production', 'do', 'monolith'] as const

/** One Kubernetes object of a manifest. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}

/** Every object in a file of YAML documents. @throws the parser's error, duplicate keys included */
export function parseManifests(yaml: string): Manifest[] {
  return parseAllDocuments(yaml, { merge: false }).map((document) => {
    const [error] = document.errors
    if (error !== undefined) throw error
    return document.toJS() as Manifest
  })
}

/** The objects of `k8s/base`, as they are written. */
export function baseManifests(): Manifest[] {
  const dir = join(k8sDir, 'base')
  return readdirSync(dir)
    .filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml')
    .flatMap((file) => parseManifests(readFileSync(join(dir, file), 'utf8')))
}

/** Whether this machine can render overlays: `kubectl` with a built-in kustomize of version 5. */
export const canRender = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' }).stdout?.includes(
  'Kustomize Version: v5',
)

/** The objects that `kubectl apply -k <folder of k8s>` would send. */
export function renderManifests(folder: string): Manifest[] {
  const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', join(k8sDir, folder)], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`kubectl kustomize ${folder} failed: ${stderr}`)
  if (stderr !== '') throw new Error(`kubectl kustomize ${folder} warns: ${stderr}`)
  return parseManifests(stdout)
}

/** The objects of one kind, as that kind's type (the schema test vouches for it). */
export function ofKind<K extends KnownKind>(
  manifests: readonly Manifest[],
  kind: K,
): (Manifest & ManifestOf<K>)[] {
  return manifests.filter((manifest): manifest is Manifest & ManifestOf<K> => kindOf(manifest) === kind)
}

export type Workload = Manifest & (Deployment | StatefulSet)

/** Deployments and StatefulSets. */
export function workloads(manifests: readonly Manifest[]): Workload[] {
  return [...ofKind(manifests, 'apps/v1 Deployment'), ...ofKind(manifests, 'apps/v1 StatefulSet')]
}

/** Whether a pod with these labels is chosen by the selector. */
export function selects(
  selector: {
    matchLabels?: Record<string, string>
    matchExpressions?: { key: string; operator: string; values?: string[] | null }[] | null
  },
  labels: Record<string, string>,
): boolean {
  const byLabel = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
  return (
    byLabel &&
    (selector.matchExpressions ?? []).every(({ key, operator, values }) => {
      if (operator !== 'In') throw new Error(`the tests read the operator In only, not ${operator}`)
      const label = labels[key]
      return label !== undefined && (values ?? []).includes(label)
    })
  )
}

/** The labels that a workload gives its pods. */
export function podLabels(workload: Workload): Record<string, string> {
  return workload.spec?.template.metadata?.labels ?? {}
}

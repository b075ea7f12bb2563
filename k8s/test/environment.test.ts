import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configSchema } from '@guildmesh/config-api'
import { edgeConfigSchema } from '@guildmesh/edge'
import { gatewayVariables } from '@guildmesh/gateway'
import { monolithVariables } from '@guildmesh/monolith'
import { describeConfig } from '@guildmesh/runtime'
import { describe, expect, test } from 'vitest'
import {
  baseManifests,
  canRender,
  k8sDir,
  ofKind,
  parseManifests,
  renderManifests,
  workloads,
} from './manifests.ts'

/** The services, and the schema that each reads its environment with. */
const services = [
  { workload: 'config-service', variables: describeConfig(configSchema) },
  { workload: 'gateway', variables: describeConfig(gatewayVariables) },
  { workload: 'http-service', variables: describeConfig(edgeConfigSchema) },
  { workload: 'monolith', variables: describeConfig(monolithVariables) },
]

/** The base's objects and those of the overlay that stands on its own. */
const written = [
  ...baseManifests(),
  ...parseManifests(readFileSync(join(k8sDir, 'overlays/monolith/monolith.yaml'), 'utf8')),
]

function environmentOf(workload: string) {
  const found = workloads(written).find(({ metadata }) => metadata.name === workload)
  return found?.spec?.template.spec?.containers[0]?.env ?? []
}

/** Keys of the Secrets in the example file. */
function exampleSecrets(): Record<string, string[]> {
  const example = parseManifests(readFileSync(join(k8sDir, 'secrets.example.yaml'), 'utf8'))
  return Object.fromEntries(
    ofKind(example, 'v1 Secret').map(({ metadata, stringData }) => [
      metadata.name,
      Object.keys(stringData ?? {}),
    ]),
  )
}

describe.each(services)('the environment of $workload', ({ workload, variables }) => {
  const given = environmentOf(workload)

  test('holds only variables that the service knows, each once', () => {
    const known = new Set(variables.map(({ name }) => name))
    expect(given.length).toBeGreaterThan(0)
    expect(given.map(({ name }) => name).filter((name) => !known.has(name))).toEqual([])
    expect(new Set(given.map(({ name }) => name)).size).toBe(given.length)
  })

  test('holds every variable that the service requires', () => {
    const names = new Set(given.map(({ name }) => name))
    const missing = variables.filter(({ name, required }) => required && !names.has(name))
    expect(missing.map(({ name }) => name)).toEqual([])
  })

  test('takes secrets from Secrets, whose keys the example file lists', () => {
    const secrets = new Set(variables.filter(({ secret }) => secret).map(({ name }) => name))
    const spelledOut = given.filter(({ name, value }) => secrets.has(name) && value !== undefined)
    expect(spelledOut.map(({ name }) => name)).toEqual([])
    const example = exampleSecrets()
    const unlisted = given
      .flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? [])
      .filter(({ name, key }) => !example[name ?? '']?.includes(key))
    expect(unlisted).toEqual([])
  })

  test('names the ports that its container opens', () => {
    const found = workloads(written).find(({ metadata }) => metadata.name === workload)
    const ports = found?.spec?.template.spec?.containers[0]?.ports?.map(({ containerPort }) =>
      String(containerPort),
    )
    const stated = given
      .filter(({ name }) => name === 'PORT' || name === 'OPS_PORT')
      .map(({ value }) => value)
    expect(new Set(stated)).toEqual(new Set(ports))
  })
})

test('the example file lists no key that nothing reads', () => {
  const referenced = workloads(written).flatMap(({ spec }) =>
    (spec?.template.spec?.containers ?? []).flatMap(({ env }) =>
      (env ?? []).flatMap(({ valueFrom }) =>
        valueFrom?.secretKeyRef ? [`${valueFrom.secretKeyRef.name}/${valueFrom.secretKeyRef.key}`] : [],
      ),
    ),
  )
  const listed = Object.entries(exampleSecrets()).flatMap(([secret, keys]) =>
    keys.map((key) => `${secret}/${key}`),
  )
  expect(new Set(listed)).toEqual(new Set(referenced))
})

describe.skipIf(!canRender)('settings that are no secret (skipped without kubectl ≥ 1.27)', () => {
  test.each(['base', 'overlays/dev', 'overlays/production', 'overlays/do', 'overlays/monolith'])(
    '%s has every key that its pods read',
    (folder) => {
      const manifests = renderManifests(folder)
      const maps = new Map(
        ofKind(manifests, 'v1 ConfigMap').map(({ metadata, data }) => [metadata.name, data ?? {}]),
      )
      const references = workloads(manifests).flatMap(({ spec }) =>
        (spec?.template.spec?.containers ?? []).flatMap(({ env }) =>
          (env ?? []).flatMap(({ valueFrom }) => valueFrom?.configMapKeyRef ?? []),
        ),
      )
      expect(references.length).toBeGreaterThan(0)
      for (const { name, key } of references) expect(Object.keys(maps.get(name ?? '') ?? {})).toContain(key)
    },
  )

  test('the portal’s address is the host of the ingress', () => {
    for (const folder of ['overlays/production', 'overlays/do', 'overlays/monolith']) {
      const manifests = renderManifests(folder)
      const [map] = ofKind(manifests, 'v1 ConfigMap')
      const [ingress] = ofKind(manifests, 'networking.k8s.io/v1 Ingress')
      expect(map?.data?.['PUBLIC_URL']).toBe(`https://${ingress?.spec?.rules?.[0]?.host}`)
      expect(ingress?.spec?.tls?.[0]?.hosts).toEqual([ingress?.spec?.rules?.[0]?.host])
    }
  })
})
